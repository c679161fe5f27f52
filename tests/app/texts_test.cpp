// The words are complete: the same keys and placeholders in every language, no text that nothing shows, and no key in
// the code without a text.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "core/catalog/catalog.h"
#include "wasm/pack/catalog_pack.h"

namespace headroom {
namespace {

namespace fs = std::filesystem;
using Words = std::map<std::string, std::string>;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Words words_of(const std::string& language) {
  Words words;
  for (const auto& entry : fs::directory_iterator(fs::path(HEADROOM_SOURCE_DIR) / "data/texts" / language)) {
    const nlohmann::json file = nlohmann::json::parse(read(entry.path()), nullptr, false);
    REQUIRE_MESSAGE(file.is_object(), entry.path().string());
    for (const auto& item : file.items()) {
      const std::string& key = item.key();
      const auto& value = item.value();
      CAPTURE(key);
      REQUIRE(value.is_string());
      CHECK_MESSAGE(words.emplace(key, value.get<std::string>()).second, "twice: ", key);
    }
  }
  return words;
}

std::set<std::string> placeholders(const std::string& text) {
  static const std::regex kPlaceholder("\\{[a-z_]+\\}");
  return {std::sregex_token_iterator(text.begin(), text.end(), kPlaceholder), std::sregex_token_iterator()};
}

struct Program {
  std::set<std::string> literals;  // C++ literals that look like a key: "area.rest"
  std::set<std::string> quoted;    // what stands between quotes of any kind, and before a "$" there
};

// [a-z_]+ "." [a-z0-9_.-]+
bool looks_like_key(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  const std::size_t dot = text.find('.');
  return dot != std::string::npos && dot > 0 && dot + 1 < text.size() &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(dot), letter) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(dot) + 1, text.end(), rest);
}

// Calls `visit` with what stands between each two quotes that follow one another.
template <class Visit>
void for_each_quoted(const std::string& source, const char* quotes, const Visit& visit) {
  std::size_t begin = source.find_first_of(quotes);
  while (begin != std::string::npos) {
    const std::size_t end = source.find_first_of(quotes, begin + 1);
    if (end == std::string::npos) return;
    visit(source.substr(begin + 1, end - begin - 1));
    begin = end;
  }
}

Program read_program() {
  static const std::set<std::string> kSources{".cpp", ".h", ".mjs", ".html"};
  constexpr std::size_t kLongestKey = 100;
  Program program;
  for (const char* folder : {"core", "wasm", "web"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(HEADROOM_SOURCE_DIR) / folder)) {
      const std::string extension = entry.path().extension().string();
      if (kSources.count(extension) == 0) continue;
      const std::string source = read(entry.path());
      for_each_quoted(source, "\"'`", [&](const std::string& text) {
        if (text.size() <= kLongestKey) program.quoted.insert(text);
        if (const std::size_t dollar = text.find('$'); dollar <= kLongestKey) {
          program.quoted.insert(text.substr(0, dollar));
        }
      });
      if (extension != ".cpp" && extension != ".h") continue;
      for_each_quoted(source, "\"", [&](const std::string& text) {
        if (looks_like_key(text)) program.literals.insert(text);
      });
    }
  }
  return program;
}

// Between quotes of any kind, or formed of a prefix "area." and something known at run time.
bool mentions(const Program& program, const std::string& key) {
  if (program.quoted.count(key) == 1) return true;
  for (std::size_t at = key.find_last_of("._"); at != std::string::npos && at > 0;
       at = key.find_last_of("._", at - 1)) {
    if (program.quoted.count(key.substr(0, at + 1)) == 1) return true;
  }
  return false;
}

// Keys made of a prefix and an id of the catalog.
std::set<std::string> keys_of_catalog(const Catalog& catalog) {
  std::set<std::string> keys;
  for (const WorkloadEntry& entry : catalog.workloads()) keys.insert("workload." + entry.workload.id);
  for (const ModeEntry& entry : catalog.modes()) keys.insert("mode." + entry.id);
  return keys;
}

std::string area_of(const std::string& key) { return key.substr(0, key.find('.')); }

TEST_CASE("the languages have the same keys and placeholders") {
  const Words english = words_of("en");
  REQUIRE(english.size() > 100);
  for (const char* language : {"es", "zh"}) {
    const Words other = words_of(language);
    CAPTURE(language);
    for (const auto& entry : english) {
      const auto& key = entry.first;
      const auto& text = entry.second;
      CAPTURE(key);
      const auto found = other.find(key);
      const bool has_key = found != other.end();
      CHECK(has_key);
      if (!has_key) continue;
      CHECK(placeholders(found->second) == placeholders(text));
      CHECK_FALSE(found->second.empty());
    }
    for (const auto& entry : other) {
      CHECK_MESSAGE(english.count(entry.first) == 1, "only in ", language, ": ", entry.first);
    }
  }
}

// The one term for a thing, and the address to the reader; each line is a part of a word or phrase that is not used.
struct Avoided {
  const char* language;
  const char* part;
  const char* instead;
};
constexpr Avoided kAvoided[] = {
    {"en", "host", "system memory"},
    {"en", "decode", "generation"},
    {"en", "prefill", "prompt reading"},
    {"en", "overhead", "fixed costs"},
    {"en", "projector", "vision part"},
    {"es", "anfitri", "memoria del sistema"},
    {"es", "hoja de datos", "ficha técnica"},
    {"es", "hojas de datos", "fichas técnicas"},
    {"es", "petici", "prompt"},
    {"es", "ómputo", "cálculo"},
    {"es", "incrusta", "embedding"},
    {"es", "prealimenta", "feed-forward"},
    {"es", "proyector", "parte visual"},
    {"es", "na {device}", "{device} without an article"},
    {"es", "su propia", "tu propia"},
    {"es", " aumente", "aumenta"},
    {"es", "escriba ", "escribas"},
    {"zh", "您", "你"},
    {"zh", "词元", "token"},
    {"zh", "主机", "系统内存"},
    {"zh", "逻辑值", "logits"},
    {"zh", "互连", "互联"},
    {"zh", "链路", "互联"},
    {"zh", "场景", "方案"},
    {"zh", "装得下", "放得下"},
    {"zh", "投影器", "视觉部分"},
    {"zh", "一块 {device}", "{device} without a measure word"},
    {"zh", "显存", "内存"},
};
// What is only ever said of graphics cards.
const std::set<std::string> kOfCards{"memory.pools", "memory.sglang_pools"};

// Without the names of placeholders, but for that of the device.
std::string spoken(const std::string& text) {
  static const std::regex kOther("\\{(?!device\\})[a-z_]+\\}");
  return std::regex_replace(text, kOther, "{}");
}

TEST_CASE("one thing has one name, and the reader one address") {
  for (const Avoided& avoided : kAvoided) {
    for (const auto& entry : words_of(avoided.language)) {
      const std::string& key = entry.first;
      if (kOfCards.count(key) == 1) continue;
      const bool found = spoken(entry.second).find(avoided.part) != std::string::npos;
      CHECK_MESSAGE(!found, avoided.language, " ", key, ": \"", avoided.part, "\" is called ", avoided.instead);
    }
  }
}

TEST_CASE("sentences read right with a count of one") {
  static const std::regex kCount("\\{(count|sequences|fit)\\}"), kSeveral("\\b1 [a-z]+s\\b");
  static const std::set<std::string> kSentences{"answer", "warning", "verdict"};
  for (const char* language : {"en", "es"}) {
    for (const auto& entry : words_of(language)) {
      const std::string& key = entry.first;
      if (kSentences.count(area_of(key)) == 0) continue;
      const std::string one = std::regex_replace(entry.second, kCount, "1");
      CHECK_MESSAGE(!std::regex_search(one, kSeveral), language, " ", key, ": ", one);
    }
  }
}

TEST_CASE("no key is missing and none is unused") {
  const Result<std::unique_ptr<Catalog>> catalog = Catalog::load(catalog_pack());
  REQUIRE(catalog.ok());
  const Words english = words_of("en");
  std::set<std::string> areas;
  for (const auto& [key, text] : english) areas.insert(area_of(key));
  const Program program = read_program();
  const std::set<std::string> from_catalog = keys_of_catalog(**catalog);
  for (const auto& entry : english) {
    const bool used = from_catalog.count(entry.first) == 1 || mentions(program, entry.first);
    CHECK_MESSAGE(used, "nothing shows the text ", entry.first);
  }
  for (const std::string& key : from_catalog) CHECK_MESSAGE(english.count(key) == 1, "no text for ", key);
  static const std::set<std::string> kFileEndings{"json", "mjs", "js",  "wasm", "html",        "h",
                                                  "cpp",  "hpp", "csv", "gguf", "safetensors", "weight"};
  for (const std::string& literal : program.literals) {
    if (areas.count(area_of(literal)) == 0) continue;
    if (literal.back() == '.' || kFileEndings.count(literal.substr(literal.rfind('.') + 1)) == 1) continue;
    CHECK_MESSAGE(english.count(literal) == 1, "no text for ", literal);
  }
}

}  // namespace
}  // namespace headroom
