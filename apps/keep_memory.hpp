/// How long work that repeats itself deals with memory.
#pragma once

namespace keyway::apps {

/// From now on jemalloc, where the program has it, keeps memory that is freed instead of giving its pages
/// back: every training step asks for the same hundred megabytes again, and getting the pages anew took 12 to
/// 15 % of its time. Without jemalloc nothing happens.
void keep_memory();

}  // namespace keyway::apps
