/// Points and vectors in space, for signed volumes.
#pragma once

#include <cstdint>

namespace keyway::ops::cpu::KEYWAY_ISA {

struct Axes {
    float x, y, z;
};

static inline Axes axes_at(const float* p) { return {p[0], p[1], p[2]}; }
static inline Axes operator-(Axes a, Axes b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
static inline Axes cross(Axes a, Axes b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
static inline float dot(Axes a, Axes b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

/// Edges from the last of four points to the others.
struct Corner {
    Axes a, b, c;
    Corner(const float* const point[4], std::int64_t at)
        : a(axes_at(point[0] + at) - axes_at(point[3] + at)),
          b(axes_at(point[1] + at) - axes_at(point[3] + at)),
          c(axes_at(point[2] + at) - axes_at(point[3] + at)) {}
    float volume() const { return dot(a, cross(b, c)); }
};

}  // namespace keyway::ops::cpu::KEYWAY_ISA
