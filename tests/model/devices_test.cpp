/// What LibTorch says about itself.
#include "model/torch_network.hpp"

#include "keyway/core/error.hpp"

#include <gtest/gtest.h>

namespace keyway::model {
namespace {

TEST(Devices, InfoNamesVersionBlasAndCpu) {
    const DeviceInfo info = torch_network().info();

    EXPECT_FALSE(info.torch_version.empty());
    EXPECT_FALSE(info.blas.empty());
    EXPECT_FALSE(info.cpu_capability.empty());
    EXPECT_EQ(info.cuda_available, !info.cuda_devices.empty());
    RecordProperty("torch", info.torch_version);
    RecordProperty("blas", info.blas);
}

TEST(Devices, ThreadsMustBePositive) {
    EXPECT_THROW(torch_network().set_intra_op_threads(0), Error);
    EXPECT_NO_THROW(torch_network().set_intra_op_threads(2));
    EXPECT_NO_THROW(torch_network().set_intra_op_threads(1));
}

}  // namespace
}  // namespace keyway::model
