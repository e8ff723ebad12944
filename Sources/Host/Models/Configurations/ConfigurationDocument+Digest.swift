internal import LatentLensComponents
internal import LatentLensFormats

extension ConfigurationDocument {
  /// A digest of an adapter's first name and of the keys that it has read with their values, whatever
  /// else the file holds; nil if it has read nothing.
  func digest(of adapter: any Adapter.Type) -> String? {
    guard let reading = readings.last(where: { $0.adapter == adapter }) else { return nil }
    let name = adapter.architectures.first ?? ""
    return "sha256:" + SHA256.digest(of: "\(name) \(reading.node.canonical(reading.asked).text())")
  }
}

extension JSONNode {
  /// The value with what was asked for alone, the keys of objects in order.
  fileprivate func canonical(_ asked: AskedKeys) -> JSONValue {
    switch value {
    case .object(let object):
      let known = asked.keys(ofObjectAt: path)
      let members = object.keys.filter { known?.contains($0) ?? true }.sorted()
      return .object(
        JSONObject(members.compactMap { key in self[key].map { (key, $0.canonical(asked)) } }))
    case .array:
      return .array(((try? elements()) ?? []).map { $0.canonical(asked) })
    default: return value
    }
  }
}
