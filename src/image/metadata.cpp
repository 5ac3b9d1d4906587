#include "image/metadata.h"

#include <fmt/format.h>

namespace kiln::image {
namespace {

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
  return out;
}

std::string xmp_name(const std::string& key) {
  if (key == "Software") return "xmp:CreatorTool";
  std::string name = "kiln:";
  for (const char c : key)
    if (c != ' ') name += c;
  return name;
}

}  // namespace

std::vector<MetadataField> metadata_fields(const PictureInfo& info) {
  std::vector<MetadataField> fields;
  if (!info.software.empty()) fields.push_back({"Software", info.software});
  if (!info.scene.empty()) fields.push_back({"Scene", info.scene});
  if (info.samples_per_pixel > 0) fields.push_back({"Samples per pixel", std::to_string(info.samples_per_pixel)});
  return fields;
}

std::string metadata_text(const PictureInfo& info) {
  std::string text;
  for (const auto& [key, value] : metadata_fields(info)) text += key + ": " + value + "\n";
  if (!text.empty()) text.pop_back();
  return text;
}

std::string metadata_xmp(const PictureInfo& info) {
  std::string attributes;
  for (const auto& [key, value] : metadata_fields(info))
    attributes += fmt::format(" {}=\"{}\"", xmp_name(key), escape_xml(value));
  return "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
         "<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:kiln=\"urn:kiln:\"" +
         attributes + "/></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>";
}

}  // namespace kiln::image
