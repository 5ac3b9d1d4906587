#pragma once

#include <cstdint>

#include "kernels/vec.h"

/// The scene as the kernels see it: plain structs in plain arrays, the same bytes on the host and on the device.
/// `Scene` (include/kiln/scene.h) owns such arrays on the host; `SceneView` points at them on either side.
///
/// Units: metres, radians, scene-linear Rec. 709 radiance. Right-handed, +Y up. Texture coordinates as in glTF:
/// (0, 0) is the upper left corner of the first texel row.
namespace kiln {

inline constexpr std::uint32_t kNone = 0xffffffffu;
inline constexpr int kMaxUvSets = 4;

enum class Wrap : std::uint8_t { repeat, mirrored_repeat, clamp_to_edge };
enum class Filter : std::uint8_t { nearest, linear };
enum class AlphaMode : std::uint8_t { opaque, mask, blend };

/// One image with one sampler: `width` x `height` RGBA8 texels, rows from the top, at `first_texel` of the texel array.
/// That is level 0. Each further level is half as wide and high, rounded down, but at least 1; level 1 begins at
/// `first_coarse_texel`, the others follow it without gaps.
struct Texture {
  std::uint64_t first_texel = 0, first_coarse_texel = 0;
  std::uint32_t width = 0, height = 0;
  Wrap wrap_u = Wrap::repeat, wrap_v = Wrap::repeat;
  Filter filter = Filter::linear;  ///< of level 0; the others are linear
  bool srgb = false;               ///< RGB are sRGB-encoded (alpha never is) and decoded per texel, before filtering.
  bool may_have_levels = true;     ///< false: the file's sampler asks for level 0 alone
  bool weighs_by_alpha = false;    ///< in the coarser levels colours are means weighted by alpha
  std::uint16_t level_count = 1;
};

/// Where a material reads a texture: uv' = (m00 u + m01 v + tx, m10 u + m11 v + ty), KHR_texture_transform folded in.
struct TextureSlot {
  std::uint32_t texture = kNone;
  std::uint32_t uv_set = 0;
  float m00 = 1, m01 = 0, m10 = 0, m11 = 1, tx = 0, ty = 0;
};

/// What the material extensions (KHR_materials_*) add to a material, apart from it so that the others stay small. The
/// defaults change nothing. Factors multiply what the slots give, in the channels that the specifications name.
struct MaterialLayers {
  float specular = 1;  ///< strength of the dielectric reflection
  Vec3 specular_color{1, 1, 1};
  float clearcoat = 0, clearcoat_roughness = 0, clearcoat_normal_scale = 1;
  Vec3 sheen_color{0, 0, 0};
  float sheen_roughness = 0;
  float anisotropy = 0;
  Vec2 anisotropy_direction{1, 0};  ///< unit, in the tangent plane: cosine and sine of the rotation
  float iridescence = 0, iridescence_ior = 1.3f;
  float film_thinnest_nm = 100, film_thickest_nm = 400;
  float transmission = 0;
  bool has_volume = false;         ///< the surface of a body (KHR_materials_volume), else a thin sheet
  Vec3 absorption_per_m{0, 0, 0};  ///< of the body
  float dispersion = 0;
  float diffuse_transmission = 0;
  Vec3 diffuse_transmission_color{1, 1, 1};
  TextureSlot specular_texture, specular_color_texture;
  TextureSlot clearcoat_texture, clearcoat_roughness_texture, clearcoat_normal_texture;
  TextureSlot sheen_color_texture, sheen_roughness_texture;
  TextureSlot anisotropy_texture;
  TextureSlot iridescence_texture, film_thickness_texture;
  TextureSlot transmission_texture;
  TextureSlot diffuse_transmission_texture, diffuse_transmission_color_texture;
};

/// glTF 2.0 metallic-roughness. Factors multiply what the slots give, as the specification says (§3.9).
struct Material {
  Vec3 base_color{1, 1, 1};
  float alpha = 1;
  Vec3 emission{0, 0, 0};  ///< emissiveFactor times KHR_materials_emissive_strength
  float metallic = 1, roughness = 1;
  float normal_scale = 1;
  float alpha_cutoff = 0.5f;
  float ior = 1.5f;
  AlphaMode alpha_mode = AlphaMode::opaque;
  bool double_sided = false;
  bool unlit =
      false;  ///< KHR_materials_unlit: emits its base colour towards the eye and reflects nothing; emission is 0.
  bool has_glossiness = false;   ///< KHR_materials_pbrSpecularGlossiness: the alpha of metallic_roughness_texture is
                                 ///< glossiness, 1 - roughness, and scales that of the factor; nothing there is metal
  bool has_levels = false;       ///< one of its textures has more than level 0
  std::uint32_t layers = kNone;  ///< element of the array of MaterialLayers, kNone: the core material alone
  TextureSlot base_color_texture, metallic_roughness_texture, normal_texture, emissive_texture;
};

/// A triangle mesh: one glTF primitive. Vertex i of the mesh is element `first_vertex + i` of the position, normal and
/// tangent arrays; its coordinates in UV set s are element `first_uv + s * vertex_count + i` of the uv array; its
/// colour is element `first_color + i` of the colour array. Triangle k has the vertices indices[first_index + 3k .. +
/// 2], each relative to `first_vertex`.
struct Mesh {
  std::uint32_t first_vertex = 0, vertex_count = 0;
  std::uint32_t first_index = 0, triangle_count = 0;
  std::uint32_t first_uv = kNone, uv_sets = 0;
  std::uint32_t first_color = kNone;   ///< kNone: white
  bool has_normals = false;            ///< false: shade with the geometric normal; the normals array holds zeros there
  bool has_tangents = false;           ///< tangent.w is the sign of the bitangent: b = w * cross(n, t)
  std::uint32_t first_motion = kNone;  ///< its vertex 0 at key 0 in the arrays of MotionView (key k: + k *
                                       ///< vertex_count); kNone: it does not deform
};

/// A mesh placed in the world with a material. Instances share meshes.
struct Instance {
  Affine world_from_object, object_from_world;
  std::uint32_t mesh = 0, material = 0;
  std::uint32_t first_light = kNone;   ///< light of triangle 0 in the triangle-light array (triangle k: + k), or kNone
  std::uint32_t object_id = 0;         ///< index of the glTF node
  std::uint32_t first_motion = kNone;  ///< its transform at key 0 in MotionView::transforms; kNone: it stands still
};

/// One emissive triangle of an instance.
struct TriangleLight {
  std::uint32_t instance = 0, triangle = 0;
  std::uint32_t slot = kNone;  ///< in the light tree; kNone: never drawn
};

inline constexpr std::uint32_t kLightNodeWidth = 4;

/// A node of the light tree: up to four clusters of lights, each number beside those of the other three. A cluster is a
/// sphere around the lights, a cone around where they point, and what they send. Node 0 is the root; a tree of one
/// cluster has it alone there.
struct LightNode {
  float center_x[kLightNodeWidth] = {}, center_y[kLightNodeWidth] = {}, center_z[kLightNodeWidth] = {};
  float radius[kLightNodeWidth] = {};
  float axis_x[kLightNodeWidth] = {}, axis_y[kLightNodeWidth] = {}, axis_z[kLightNodeWidth] = {};  ///< unit
  float cos_spread[kLightNodeWidth] = {};    ///< of the angle around the axis within which the lights' own axes lie
  float sin_spread[kLightNodeWidth] = {};    ///< its sine, 0 where it is half a turn
  float cos_emission[kLightNodeWidth] = {};  ///< of the angle around its own axis into which each shines at most
  float backwards[kLightNodeWidth] = {};     ///< 1: some shine along the opposite of their axis as well; -1: none
  float intensity[kLightNodeWidth] = {};     ///< radiant intensity in each light's strongest direction, summed; 1 for
                                             ///< all lights of the tree; 0: no cluster
  float alike_from[kLightNodeWidth] = {};  ///< squared distance of the centre from which on the lights differ in their
                                           ///< intensity alone; -1: at any
  std::uint32_t child[kLightNodeWidth] = {};  ///< node that holds the cluster's parts; kNone: it has none
  std::uint32_t first_slot[kLightNodeWidth] = {}, slot_count[kLightNodeWidth] = {};
  std::uint32_t width = 0;       ///< clusters; the last places are empty
  std::uint32_t parent = kNone;  ///< place (node * kLightNodeWidth + which) of the cluster whose parts these are
};

/// A light's place in the light tree. The lights of a cluster are neighbours.
struct LightSlot {
  std::uint32_t light = 0;  ///< element of the emissive triangles, or, less their number, of the punctual lights
  std::uint32_t leaf = 0;   ///< place of its smallest cluster, as LightNode::parent
  float intensity = 0;      ///< its part of the cluster's
};

enum class PunctualKind : std::uint8_t { point, spot, directional };

/// KHR_lights_punctual. `intensity` is colour times intensity: W/sr for point and spot, W/m2 for directional
/// (the photometric units of the file are taken as radiometric ones, factor one).
struct PunctualLight {
  Vec3 position{0, 0, 0};
  Vec3 direction{0, 0, -1};  ///< unit, the way the light travels
  Vec3 intensity{0, 0, 0};
  float range = 0;  ///< metres, 0: infinite
  float cos_inner = 1, cos_outer = 0;
  PunctualKind kind = PunctualKind::point;
};

enum class Projection : std::uint8_t { perspective, orthographic };

/// A perspective or orthographic camera: a pinhole, or a thin lens around `eye` (orthographic: around where each ray
/// starts) that has the plane at `focus_distance_m` along `forward` in focus. `right`, `up`, `forward` are orthonormal;
/// a ray through the film point (s, t) in
/// [-1, 1]^2 (t upwards) has the direction forward + s half_width right + t half_height up (perspective; half sizes at
/// distance 1) or starts at eye + s half_width right + t half_height up (orthographic; half sizes in metres).
struct Camera {
  Vec3 eye{0, 0, 0}, right{1, 0, 0}, up{0, 1, 0}, forward{0, 0, -1};
  float half_width = 1, half_height = 1;
  float lens_radius_m = 0;     ///< 0: a pinhole
  float focus_distance_m = 1;  ///< above 0
  Projection projection = Projection::perspective;
};

}  // namespace kiln
