#include "core/catalog/import/file_signature.h"

#include <algorithm>
#include <array>

namespace headroom {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  std::string_view what;
};
constexpr std::string_view kArchive = "a compressed archive; unpack it and give the files in it";
constexpr std::string_view kPage =
    "a web page, as is saved where a download needs a sign-in or the address was that of the page";
constexpr std::string_view kUtf16 = "text in UTF-16; save it as UTF-8";
constexpr std::string_view kOldGgml = "a GGML file from before GGUF; convert it, or give the GGUF of the same model";
constexpr std::array<Signature, 16> kSignatures{{
    {"PK\x03\x04"sv, "a zip archive, as PyTorch's .bin and .pt files are"},
    {"\x80\x02"sv, "a Python pickle, as older PyTorch files are"},
    {"\x1f\x8b"sv, kArchive},
    {"BZh"sv, kArchive},
    {"\xfd\x37zXZ"sv, kArchive},
    {"7z\xbc\xaf"sv, kArchive},
    {"\x28\xb5\x2f\xfd"sv, kArchive},
    {"Rar!"sv, kArchive},
    {"\x89HDF"sv, "an HDF5 file, as Keras writes"},
    {"\xff\xfe"sv, kUtf16},
    {"\xfe\xff"sv, kUtf16},
    {"version https://git-lfs"sv, "a Git LFS pointer, not the file it stands for; fetch that with \"git lfs pull\""},
    {"lmgg"sv, kOldGgml},
    {"fmgg"sv, kOldGgml},
    {"tjgg"sv, kOldGgml},
    {"%PDF"sv, "a PDF document"},
}};

}  // namespace

std::string_view foreign_file(std::string_view beginning) {
  for (const Signature& signature : kSignatures) {
    if (beginning.starts_with(signature.bytes)) return signature.what;
  }
  const std::size_t first = beginning.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || beginning[first] != '<' || first + 1 == beginning.size()) return {};
  const char next = beginning[first + 1];
  const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
  return letter || next == '!' || next == '?' ? kPage : std::string_view();
}

}  // namespace headroom
