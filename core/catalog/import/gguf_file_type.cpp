#include "core/catalog/import/gguf_file_type.h"

#include <array>
#include <string_view>

namespace headroom {
namespace {

struct FileType {
  std::uint32_t number;
  std::string_view name;
};
// enum llama_ftype of llama.cpp (include/llama.h, build 11669).
constexpr std::array<FileType, 39> kFileTypes{{
    {0, "F32"},        {1, "F16"},     {2, "Q4_0"},     {3, "Q4_1"},    {7, "Q8_0"},    {8, "Q5_0"},    {9, "Q5_1"},
    {10, "Q2_K"},      {11, "Q3_K_S"}, {12, "Q3_K_M"},  {13, "Q3_K_L"}, {14, "Q4_K_S"}, {15, "Q4_K_M"}, {16, "Q5_K_S"},
    {17, "Q5_K_M"},    {18, "Q6_K"},   {19, "IQ2_XXS"}, {20, "IQ2_XS"}, {21, "Q2_K_S"}, {22, "IQ3_XS"}, {23, "IQ3_XXS"},
    {24, "IQ1_S"},     {25, "IQ4_NL"}, {26, "IQ3_S"},   {27, "IQ3_M"},  {28, "IQ2_S"},  {29, "IQ2_M"},  {30, "IQ4_XS"},
    {31, "IQ1_M"},     {32, "BF16"},   {33, "Q4_0"},    {34, "Q4_0"},   {35, "Q4_0"},   {36, "TQ1_0"},  {37, "TQ2_0"},
    {38, "MXFP4_MOE"}, {39, "NVFP4"},  {40, "Q1_0"},    {41, "Q2_0"},
}};

}  // namespace

std::string gguf_file_type_name(std::uint64_t number) {
  for (const FileType& type : kFileTypes) {
    if (type.number == number) return std::string(type.name);
  }
  return {};
}

std::string gguf_mix_of_type(std::string_view ggml_type) {
  std::string name;
  for (const char c : ggml_type) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name == "Q3_K" || name == "Q4_K" || name == "Q5_K") return name + "_M";
  return name == "MXFP4" ? "MXFP4_MOE" : name;
}

}  // namespace headroom
