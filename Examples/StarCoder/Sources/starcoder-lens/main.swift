import Catalog
import Components
import StarCoderFamily
import Tool

// The whole tool, with one family more.
CommandLineTool.main(Registry(Registry.standard.families + [starCoder]))
