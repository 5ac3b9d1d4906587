#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "image/codecs.h"

/// Radiance pictures, as "Radiance File Formats" (Ward 1991/2019) and its color.c describe them: a text header, a
/// resolution line, then scanlines of RGBE pixels, flat or run-length encoded in one of two ways.
namespace kiln::image {
namespace {

struct Rgbe {
  std::uint8_t r = 0, g = 0, b = 0, e = 0;
};

/// How scanlines lie in the picture. The first letter of the resolution line names the axis that goes from one
/// scanline to the next.
struct Resolution {
  std::uint32_t width = 0, height = 0;
  bool columns = false;  ///< a scanline is a column
  bool flip_x = false, flip_y = false;
};

struct Header {
  Resolution resolution;
  std::size_t data_offset = 0;
};

Result<std::string_view> next_line(std::string_view text, std::size_t& at) {
  const auto end = text.find('\n', at);
  if (end == std::string_view::npos) return invalid_image("Radiance picture: the header is cut off");
  const auto line = text.substr(at, end - at);
  at = end + 1;
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// Takes "+X 123" or the like off the front of `line`.
bool take_axis(std::string_view& line, char& axis, bool& positive, std::uint32_t& size) {
  while (line.starts_with(' ')) line.remove_prefix(1);
  if (line.size() < 4 || (line[0] != '+' && line[0] != '-') || (line[1] != 'X' && line[1] != 'Y')) return false;
  positive = line[0] == '+';
  axis = line[1];
  line.remove_prefix(2);
  while (line.starts_with(' ')) line.remove_prefix(1);
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), size);
  if (parsed.ec != std::errc{} || size == 0) return false;
  line.remove_prefix(static_cast<std::size_t>(parsed.ptr - line.data()));
  return true;
}

Result<Resolution> parse_resolution(std::string_view line) {
  char axis[2] = {};
  bool positive[2] = {};
  std::uint32_t size[2] = {};
  std::string_view rest = line;
  if (!take_axis(rest, axis[0], positive[0], size[0]) || !take_axis(rest, axis[1], positive[1], size[1]) ||
      axis[0] == axis[1])
    return invalid_image("Radiance picture: \"{}\" is not a resolution", line.substr(0, 80));
  const int x = axis[0] == 'X' ? 0 : 1, y = 1 - x;
  return Resolution{size[x], size[y], x == 0, !positive[x], positive[y]};  // +Y is up, our rows go down
}

Result<Header> read_header(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t at = 0;
  while (true) {
    const auto line = next_line(text, at);
    if (!line) return line.error();
    if (line->empty()) break;
    if (line->starts_with("FORMAT=") && *line != "FORMAT=32-bit_rle_rgbe")
      return invalid_image("Radiance picture: {} is not supported, only 32-bit_rle_rgbe", line->substr(0, 80));
  }
  const auto line = next_line(text, at);
  if (!line) return line.error();
  const auto resolution = parse_resolution(*line);
  if (!resolution) return resolution.error();
  return Header{*resolution, at};
}

class ScanlineReader {
 public:
  ScanlineReader(Bytes bytes, std::size_t at) : bytes_(bytes), at_(at) {}

  /// False when the data end early or break the format.
  bool read(std::span<Rgbe> line) {
    Rgbe first;
    if (line.size() < 8 || line.size() > 0x7fff || !peek(first) || first.r != 2 || first.g != 2 || first.b > 127)
      return read_old(line);
    if (std::size_t{first.b} * 256 + first.e != line.size()) return false;
    at_ += 4;
    return read_channel(line, &Rgbe::r) && read_channel(line, &Rgbe::g) && read_channel(line, &Rgbe::b) &&
           read_channel(line, &Rgbe::e);
  }

 private:
  bool peek(Rgbe& p) const {
    if (bytes_.size() - at_ < 4) return false;
    std::memcpy(&p, bytes_.data() + at_, 4);
    return true;
  }

  bool take(std::uint8_t& byte) {
    if (at_ == bytes_.size()) return false;
    byte = std::to_integer<std::uint8_t>(bytes_[at_++]);
    return true;
  }

  /// Flat pixels; (1, 1, 1, n) repeats the last one n times, several in a row are digits of a number in base 256.
  bool read_old(std::span<Rgbe> line) {
    int shift = 0;
    for (std::size_t i = 0; i < line.size();) {
      Rgbe p;
      if (!peek(p)) return false;
      at_ += 4;
      if (p.r != 1 || p.g != 1 || p.b != 1) {
        line[i++] = p;
        shift = 0;
        continue;
      }
      const std::size_t run = shift < 32 ? std::size_t{p.e} << shift : 0;
      if (i == 0 || run > line.size() - i) return false;
      std::fill_n(line.begin() + static_cast<std::ptrdiff_t>(i), run, line[i - 1]);
      i += run;
      shift += 8;
    }
    return true;
  }

  /// One component of the whole scanline: n > 128 repeats the next byte n - 128 times, else n bytes follow.
  bool read_channel(std::span<Rgbe> line, std::uint8_t Rgbe::*channel) {
    for (std::size_t i = 0; i < line.size();) {
      std::uint8_t count = 0, value = 0;
      if (!take(count)) return false;
      const bool run = count > 128;
      const std::size_t n = run ? count - 128u : count;
      if (n == 0 || n > line.size() - i || (run && !take(value))) return false;
      for (const std::size_t end = i + n; i < end; ++i) {
        if (!run && !take(value)) return false;
        line[i].*channel = value;
      }
    }
    return true;
  }

  Bytes bytes_;
  std::size_t at_;
};

Vec3 to_linear(Rgbe p) {
  if (p.e == 0) return {};
  const float scale = std::ldexp(1.0f, p.e - (128 + 8));
  return Vec3{static_cast<float>(p.r), static_cast<float>(p.g), static_cast<float>(p.b)} * scale;
}

}  // namespace

Result<ImageInfo> probe_hdr(Bytes bytes) {
  const auto header = read_header(bytes);
  if (!header) return header.error();
  return ImageInfo{ImageKind::radiance_hdr, header->resolution.width, header->resolution.height};
}

Result<LinearFloatImage> decode_hdr(Bytes bytes, std::uint64_t max_texels) {
  const auto header = read_header(bytes);
  if (!header) return header.error();
  const Resolution& r = header->resolution;
  if (const auto ok = check_texels(r.width, r.height, max_texels); !ok) return ok.error();
  LinearFloatImage image{r.width, r.height, {}};
  image.pixels.resize(std::size_t{r.width} * r.height);
  std::vector<Rgbe> line(r.columns ? r.height : r.width);
  ScanlineReader reader(bytes, header->data_offset);
  const std::uint32_t lines = r.columns ? r.width : r.height;
  for (std::uint32_t k = 0; k < lines; ++k) {
    if (!reader.read(line)) return invalid_image("Radiance picture: scanline {} is corrupt or cut off", k);
    for (std::uint32_t i = 0; i < line.size(); ++i) {
      const std::uint32_t x = r.columns ? k : i, y = r.columns ? i : k;
      const std::size_t column = r.flip_x ? r.width - 1 - x : x, row = r.flip_y ? r.height - 1 - y : y;
      image.pixels[row * r.width + column] = to_linear(line[i]);
    }
  }
  return image;
}

}  // namespace kiln::image
