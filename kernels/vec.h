#pragma once

#include <cmath>

#include "kernels/qualifiers.h"

/// Small vectors and affine transforms, for host and device. All are plain aggregates of floats.
namespace kiln {

struct Vec2 {
  float x = 0, y = 0;
};

struct Vec3 {
  float x = 0, y = 0, z = 0;
};

struct Vec4 {
  float x = 0, y = 0, z = 0, w = 0;
};

KILN_HD Vec2 operator+(Vec2 a, Vec2 b) { return {a.x + b.x, a.y + b.y}; }
KILN_HD Vec2 operator-(Vec2 a, Vec2 b) { return {a.x - b.x, a.y - b.y}; }
KILN_HD Vec2 operator*(Vec2 a, float s) { return {a.x * s, a.y * s}; }
KILN_HD Vec2 operator*(float s, Vec2 a) { return a * s; }

KILN_HD Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
KILN_HD Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
KILN_HD Vec3 operator-(Vec3 a) { return {-a.x, -a.y, -a.z}; }
KILN_HD Vec3 operator*(Vec3 a, Vec3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
KILN_HD Vec3 operator*(Vec3 a, float s) { return {a.x * s, a.y * s, a.z * s}; }
KILN_HD Vec3 operator*(float s, Vec3 a) { return a * s; }
KILN_HD Vec3 operator/(Vec3 a, float s) { return a * (1.0f / s); }
KILN_HD Vec3& operator+=(Vec3& a, Vec3 b) { return a = a + b; }
KILN_HD Vec3& operator*=(Vec3& a, Vec3 b) { return a = a * b; }
KILN_HD Vec3& operator*=(Vec3& a, float s) { return a = a * s; }
KILN_HD bool operator==(Vec3 a, Vec3 b) { return a.x == b.x && a.y == b.y && a.z == b.z; }

KILN_HD Vec4 operator+(Vec4 a, Vec4 b) { return {a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w}; }
KILN_HD Vec4 operator*(Vec4 a, Vec4 b) { return {a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w}; }
KILN_HD Vec4 operator*(Vec4 a, float s) { return {a.x * s, a.y * s, a.z * s, a.w * s}; }
KILN_HD Vec4 operator*(float s, Vec4 a) { return a * s; }

KILN_HD float dot(Vec2 a, Vec2 b) { return a.x * b.x + a.y * b.y; }
KILN_HD float dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
KILN_HD Vec3 cross(Vec3 a, Vec3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
KILN_HD float length(Vec3 a) { return std::sqrt(dot(a, a)); }
KILN_HD Vec3 normalize(Vec3 a) { return a * (1.0f / length(a)); }
KILN_HD float max_component(Vec3 a) { return std::fmax(a.x, std::fmax(a.y, a.z)); }
KILN_HD Vec3 xyz(Vec4 a) { return {a.x, a.y, a.z}; }
KILN_HD Vec3 lerp(Vec3 a, Vec3 b, float t) { return a * (1.0f - t) + b * t; }

/// Relative luminance of scene-linear Rec. 709 (ITU-R BT.709).
KILN_HD float luminance(Vec3 c) { return 0.2126f * c.x + 0.7152f * c.y + 0.0722f * c.z; }

/// An affine map p -> M p + t: the columns of M, then the translation t.
struct Affine {
  Vec3 x{1, 0, 0}, y{0, 1, 0}, z{0, 0, 1}, t{0, 0, 0};
};

KILN_HD Vec3 transform_vector(const Affine& m, Vec3 v) { return m.x * v.x + m.y * v.y + m.z * v.z; }
KILN_HD Vec3 transform_point(const Affine& m, Vec3 p) { return transform_vector(m, p) + m.t; }

/// Multiplies by the transpose of M: with `m` the inverse of a transform, this maps normals by that transform.
KILN_HD Vec3 transform_transposed(const Affine& m, Vec3 n) { return {dot(m.x, n), dot(m.y, n), dot(m.z, n)}; }

/// The map that applies `b` first, then `a`.
KILN_HD Affine operator*(const Affine& a, const Affine& b) {
  return {transform_vector(a, b.x), transform_vector(a, b.y), transform_vector(a, b.z), transform_point(a, b.t)};
}

KILN_HD float determinant(const Affine& m) { return dot(m.x, cross(m.y, m.z)); }

/// The inverse map. The caller makes sure that the determinant is not zero.
KILN_HD Affine inverse(const Affine& m) {
  const float s = 1.0f / determinant(m);
  const Vec3 a = cross(m.y, m.z) * s, b = cross(m.z, m.x) * s, c = cross(m.x, m.y) * s;  // rows of the inverse
  Affine r{{a.x, b.x, c.x}, {a.y, b.y, c.y}, {a.z, b.z, c.z}, {}};
  r.t = -transform_vector(r, m.t);
  return r;
}

}  // namespace kiln
