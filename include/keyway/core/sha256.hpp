/// SHA-256 of bytes and files, as lower-case hexadecimal (OpenSSL).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace keyway {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(const void* data, std::size_t bytes);
    void update(std::string_view text) { update(text.data(), text.size()); }
    /// 64 hexadecimal digits; the object may not be used afterwards.
    std::string finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

std::string sha256_of(std::string_view bytes);
/// Throws Error(input) if the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace keyway
