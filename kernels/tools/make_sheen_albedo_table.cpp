// Prints kernels/sheen_albedo_table.h. Run by hand when the sheen lobe changes; from the repository's root:
//   g++ -std=c++20 -O2 -I. kernels/tools/make_sheen_albedo_table.cpp -o make_table && ./make_table > table.h
// then move it into place and run clang-format. (The lobe's header includes the table: a first one may hold zeros.)
#include <cmath>
#include <cstdio>

#include "kernels/sheen.h"

namespace {

using namespace kiln;

/// The midpoint rule over the hemisphere, with the polar angle squared so that points crowd at grazing angles.
double integrate(double cosine, double roughness) {
  constexpr int kPolar = 400, kAzimuth = 200;
  const auto z = static_cast<float>(std::fmax(cosine, 1e-4));
  const Vec3 wo{std::sqrt(1 - z * z), 0, z};
  double sum = 0;
  for (int i = 0; i < kPolar; ++i) {
    const double u = (i + 0.5) / kPolar, wi_z = u * u, dz = 2 * u / kPolar, r = std::sqrt(1 - wi_z * wi_z);
    for (int j = 0; j < kAzimuth; ++j) {
      const double phi = M_PI * (j + 0.5) / kAzimuth;
      const Vec3 wi{static_cast<float>(r * std::cos(phi)), static_cast<float>(r * std::sin(phi)),
                    static_cast<float>(wi_z)};
      sum += sheen_value(wo, wi, static_cast<float>(roughness)) * dz * (2 * M_PI / kAzimuth);
    }
  }
  return sum;
}

}  // namespace

int main() {
  std::printf(
      "#pragma once\n\n// Printed by kernels/tools/make_sheen_albedo_table.cpp; not edited by hand.\n"
      "// Rows: roughness from kMinSheenRoughness to 1. Columns: the root of the cosine, from 0 to 1.\n\n"
      "#include \"kernels/qualifiers.h\"\n\nnamespace kiln {\n\ninline constexpr int kSheenAlbedoSize = %d;\n\n"
      "KILN_HD float sheen_albedo_at(int i) {\n  static constexpr float kAlbedo[kSheenAlbedoSize * kSheenAlbedoSize] = "
      "{",
      kSheenAlbedoSize);
  for (int row = 0; row < kSheenAlbedoSize; ++row)
    for (int column = 0; column < kSheenAlbedoSize; ++column) {
      const double roughness = kMinSheenRoughness + (1 - kMinSheenRoughness) * row / (kSheenAlbedoSize - 1);
      const double root = static_cast<double>(column) / (kSheenAlbedoSize - 1);
      std::printf("%.5ff,", integrate(root * root, roughness));
    }
  std::printf("};\n  return kAlbedo[i];\n}\n\n}  // namespace kiln\n");
}
