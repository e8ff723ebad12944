import LatentLensCatalog
import LatentLensComponents
import LatentLensTool
import StarCoderFamily

// The whole tool, with one family more.
CommandLineTool.main(Registry(Registry.standard.families + [starCoder]))
