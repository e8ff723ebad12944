// A family imports one module: what it builds on is that of tensors, kernels and weights, too.
@_exported public import LatentLensKernels
@_exported public import LatentLensTensors
@_exported public import LatentLensWeights
