/// The page's parts, compiled in from the files beside this one.
enum ReportPage {
  static var skeleton: String { text(PackageResources.report_html) }
  static var style: String { text(PackageResources.report_css) }

  /// The scripts in the order in which they build on each other.
  static var script: String {
    [
      PackageResources.report_model_js, PackageResources.report_parts_js,
      PackageResources.report_overlap_js, PackageResources.report_attention_js,
      PackageResources.report_stage_js, PackageResources.report_reading_js,
      PackageResources.report_plots_js, PackageResources.report_figures_js,
      PackageResources.report_export_js, PackageResources.report_js,
    ].map(text).joined(separator: "\n")
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}
