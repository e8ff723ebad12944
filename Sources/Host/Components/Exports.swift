// A family imports one module: what it builds on is that of tensors, kernels, weights and pictures, too.
@_exported public import LatentLensImaging
@_exported public import LatentLensKernels
@_exported public import LatentLensTensors
@_exported public import LatentLensWeights
