import CLIPFamily
public import Components
import ConnectorsFamily
import DINOFamily
import GemmaFamily
import LLaVAFamily
import LlamaFamily
import MolmoFamily
import OLMoFamily
import QwenFamily
import QwenVLFamily
import SigLIPFamily

extension Registry {
  /// Every family that is compiled in.
  public static let standard = Registry([
    llama,
    qwen,
    olmo,
    gemma,
    clip,
    siglip,
    dino,
    connectors,
    llava,
    qwenVL,
    molmo,
  ])
}
