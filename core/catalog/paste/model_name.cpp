#include "core/catalog/paste/model_name.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool is_mix(std::string_view word) {
  constexpr std::array<std::string_view, 4> kWhole{"F16", "BF16", "F32", "MXFP4"};
  if (std::find(kWhole.begin(), kWhole.end(), word) != kWhole.end() || word.starts_with("MXFP4_")) return true;
  for (const std::string_view start : {"IQ", "TQ", "Q"}) {
    if (!word.starts_with(start)) continue;
    word.remove_prefix(start.size());
    return word.size() > 2 && is_digit(word[0]) && word[1] == '_';
  }
  return false;
}

// How a name goes on behind its mix, and what that is called in the mix's id.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSizes{
    {{" - MEDIUM", "_M"}, {" - SMALL", "_S"}, {" - LARGE", "_L"}, {" MOE", "_MOE"}}};

}  // namespace

double billions_in(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789.";
  const auto letter_at = [name](std::size_t at) { return at < name.size() && is_letter(name[at]); };
  std::size_t at = name.find_first_of(kDigits);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(name.find_first_not_of(kDigits, at), name.size());
    const bool counts = end < name.size() && (name[end] == 'B' || name[end] == 'b') && !letter_at(end + 1);
    if (counts && (at == 0 || !is_letter(name[at - 1]))) return leading_number(name.substr(at, end - at)).value_or(0);
    at = name.find_first_of(kDigits, end);
  }
  return 0;
}

std::string mix_in(std::string_view name) {
  const std::string text = upper(name);
  for (std::size_t at = 0; at < text.size();) {
    if (!is_of_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_of_word(text[end])) ++end;
    std::string word = text.substr(at, end - at);
    at = end;
    if (!is_mix(word)) continue;
    const std::string_view rest = std::string_view(text).substr(end);
    if (word == "IQ3_S" && rest.starts_with(" MIX")) return "IQ3_M";
    for (const auto& [printed, called] : kSizes) {
      if (rest.starts_with(printed)) return word.append(called);
    }
    return word;
  }
  return {};
}

bool may_be_mix(std::string_view printed, std::string_view id, bool same_size) {
  constexpr std::string_view kDynamic = "UD-", kOwnLarge = "Q3_K_L";  // the one large mix of llama.cpp
  const bool dynamic = id.starts_with(kDynamic);
  if (dynamic) id.remove_prefix(kDynamic.size());
  const std::string named(printed), asked(id);
  if (!is_mix(asked)) return true;  // no mix of a GGUF file
  // A file keeps the name of the mix that it was made from.
  const auto stem = [](const std::string& mix) { return mix.substr(0, mix.find('_', mix.find('_') + 1)); };
  const bool higher = id.ends_with("_XL") || (id.ends_with("_L") && id != kOwnLarge);
  if (dynamic || higher) return same_size || stem(named) == stem(asked);
  return named == asked || asked.starts_with(named + "_") || named == asked + "_M";
}

std::vector<std::string> letters_in(std::string_view name) {
  std::vector<std::string> words;
  bool within = false;
  for (const char c : lower(name)) {
    if (is_letter(c) && !within) words.emplace_back();
    within = is_letter(c);
    if (within) words.back() += c;
  }
  return words;
}

}  // namespace headroom::paste
