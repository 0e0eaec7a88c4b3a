/// Signed volumes at stereocentres, and their adjoint.
#include "ops/cpu/axes.hpp"
#include "ops/cpu/training.hpp"

namespace keyway::ops::cpu::KEYWAY_ISA {
namespace {

inline void add(Axes a, float scale, float* to) {
    to[0] += scale * a.x, to[1] += scale * a.y, to[2] += scale * a.z;
}

/// Where neighbour k of centre s stands among points or gradients.
template <class Float>
inline Float* neighbour(const StereoList& stereo, std::int64_t s, int k, Float* atom, Float* hydrogen) {
    const std::int64_t i = stereo.neighbour[4 * s + k];
    return i < 0 ? hydrogen : atom + i * stereo.systems * 3;
}

}  // namespace

void signed_volume(const StereoList& stereo, const StereoPoints& points, float* y) {
    for (std::int64_t s = 0; s < stereo.centres; ++s) {
        const float* p[4];
        for (int k = 0; k < 4; ++k) p[k] = neighbour(stereo, s, k, points.atom, points.hydrogen);
        for (std::int64_t g = 0; g < stereo.systems; ++g) {
            y[s * stereo.systems + g] = stereo.sign[s] * Corner(p, 3 * g).volume();
        }
    }
}

/// d det(a, b, c) = <b x c, da> + <c x a, db> + <a x b, dc>; the origin gets minus their sum.
void signed_volume_backward(const StereoList& stereo, const StereoPoints& points, const float* y_gradient,
                            const StereoGradient& gradient) {
    const std::int64_t width = stereo.systems * 3;
    for (std::int64_t k = 0; k < stereo.atoms * width; ++k) gradient.atom[k] = 0;
    for (std::int64_t k = 0; k < width; ++k) gradient.hydrogen[k] = 0;
    for (std::int64_t s = 0; s < stereo.centres; ++s) {
        const float* p[4];
        float* to[4];
        for (int k = 0; k < 4; ++k) {
            p[k] = neighbour(stereo, s, k, points.atom, points.hydrogen);
            to[k] = neighbour(stereo, s, k, gradient.atom, gradient.hydrogen);
        }
        for (std::int64_t g = 0; g < stereo.systems; ++g) {
            const Corner at(p, 3 * g);
            const Axes of[3] = {cross(at.b, at.c), cross(at.c, at.a), cross(at.a, at.b)};
            const float scale = stereo.sign[s] * y_gradient[s * stereo.systems + g];
            for (int k = 0; k < 3; ++k) {
                add(of[k], scale, to[k] + 3 * g);
                add(of[k], -scale, to[3] + 3 * g);
            }
        }
    }
}

}  // namespace keyway::ops::cpu::KEYWAY_ISA
