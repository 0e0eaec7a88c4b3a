/// How work that repeats itself deals with memory.
#pragma once

namespace keyway::apps {

/// From now on jemalloc, where the program has it, no longer gives freed memory back at once because it lies
/// together in more than 8 MB, nor bit by bit over ten seconds: what nobody has used for a minute goes. Every
/// training step asks for the same hundred megabytes again, and getting the pages anew is a visible part of
/// its time. (Never giving anything back lets a training grow.) Without jemalloc nothing happens.
void keep_memory();

}  // namespace keyway::apps
