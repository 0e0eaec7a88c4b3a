/// The silent context and the results of records.
#include "keyway/core/context.hpp"

#include "keyway/core/result.hpp"

#include <gtest/gtest.h>

namespace keyway {
namespace {

TEST(Context, TheSilentOneNeverAsksToStop) {
    const Context context = silent_context();
    context.log.warning("nobody hears this");
    context.progress.start("work", "items", 3);
    context.progress.update(3);
    context.progress.finish();
    EXPECT_FALSE(context.stop.load());
}

TEST(Result, HoldsEitherAValueOrTheReasonWhyNot) {
    const Result<int> good(7);
    const Result<int> bad(Rejection{"parse", "EMPTY", "no atoms"});
    EXPECT_TRUE(good.ok());
    EXPECT_EQ(good.value(), 7);
    EXPECT_FALSE(bad);
    EXPECT_EQ(bad.rejection().reason, "EMPTY");
}

}  // namespace
}  // namespace keyway
