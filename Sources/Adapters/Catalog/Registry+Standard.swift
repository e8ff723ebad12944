import CLIPFamily
public import Components
import ConnectorsFamily
import LLaVAFamily
import LlamaFamily

extension Registry {
  /// Every family that is compiled in.
  public static let standard = Registry([
    llama,
    clip,
    connectors,
    llava,
  ])
}
