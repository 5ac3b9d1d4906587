#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "kiln/error.h"
#include "kiln/render_request.h"

namespace kiln::cli {

/// The picture settings as a command line gives them; the fields mirror the members of a render request.
struct RenderOptions {
  std::string scene;        ///< a file or sample:NAME; for a server also sha256:…
  std::string environment;  ///< a file, or R,G,B; empty: default
  std::string sky;          ///< ELEVATION[,AZIMUTH[,TURBIDITY[,ALBEDO]]]; empty: none
  std::string background = "environment";
  bool ground_shadow = false;
  std::vector<float> orbit;           ///< target x y z, theta_deg, phi_deg, radius
  std::vector<float> look_at;         ///< eye x y z, target x y z
  std::vector<std::uint32_t> region;  ///< x, y, width, height; empty: all of the picture
  std::string camera;                 ///< index or name of a camera of the file
  float vertical_fov_deg = 0;         ///< 0: not given
  float environment_rotation_deg = 0, environment_intensity = 1;
  std::string tone_mapping = "pbr-neutral";
  std::vector<std::string> aovs;
  std::string format;     ///< empty: by the output's extension
  RenderRequest request;  ///< the numbers, parsed in place
};

void add_render_options(CLI::App& app, RenderOptions& options);

/// The request that the options mean, without scene and environment image (the caller knows where those live).
/// Errors: invalid_request, naming the option.
Result<RenderRequest> to_request(const RenderOptions& options, const std::string& output);

/// Three numbers "r,g,b", each finite and not negative.
Result<Vec3> parse_color(const std::string& text);

}  // namespace kiln::cli
