import LatentLensCatalog
import LatentLensComponents
import LatentLensTool
import MosaicFamily
import StarCoderFamily

// The whole tool, with two families more.
CommandLineTool.main(Registry(Registry.standard.families + [starCoder, mosaic]))
