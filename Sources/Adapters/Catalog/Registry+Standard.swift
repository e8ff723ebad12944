import LatentLensCLIP
public import LatentLensComponents
import LatentLensConnectors
import LatentLensDINO
import LatentLensGemma
import LatentLensGranite
import LatentLensLLaVA
import LatentLensLlama
import LatentLensMolmo
import LatentLensOLMo
import LatentLensPaper
import LatentLensProcessors
import LatentLensQwen
import LatentLensQwenVL
import LatentLensSigLIP

extension Registry {
  /// Every family that is compiled in.
  public static let standard = Registry([
    llama,
    qwen,
    olmo,
    gemma,
    granite,
    clip,
    siglip,
    dino,
    sharedConnectors,
    processors,
    paper,
    llava,
    qwenVL,
    molmo,
  ])
}
