#include "core/catalog/first_scenario.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/as_text.h"
#include "core/catalog/json_text.h"
#include "core/units.h"

namespace headroom {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

constexpr char kWorstGrade = 'C';          // of the first scenario, as long as a listed model reaches it
constexpr std::size_t kLongestHint = 512;  // bytes of a browser's string that are looked at
constexpr double kGigabyte = 1e9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::string lowered(std::string_view text) {
  std::string out(text.substr(0, kLongestHint));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Letters and digits in lower case; everything else separates. Trade marks are no words.
Words words_of(std::string_view text) {
  Words words(1);
  for (const char c : lowered(text)) {
    if (is_letter(c) || is_digit(c)) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  words.erase(std::remove_if(words.begin(), words.end(),
                             [](const std::string& word) { return word.empty() || word == "tm" || word == "r"; }),
              words.end());
  return words;
}

// "24gb", or "24" before "gb": what a name says of its memory, in GB; 0 = this is no size.
double memory_size(const Words& words, std::size_t at) {
  const std::string& word = words[at];
  const std::size_t digits =
      static_cast<std::size_t>(std::find_if_not(word.begin(), word.end(), is_digit) - word.begin());
  if (digits == 0 || digits > 4) return 0;
  const bool here = word.substr(digits) == "gb";
  const bool next = digits == word.size() && at + 1 < words.size() && words[at + 1] == "gb";
  if (!here && !next) return 0;
  double size = 0;
  for (std::size_t i = 0; i < digits; ++i) size = 10 * size + (word[i] - '0');
  return size;
}

// A device's name as a driver writes it: without parentheses, and only up to its memory size.
Words driver_name(std::string_view name) {
  std::string plain;
  int depth = 0;
  for (const char c : name) {
    if (c == '(') ++depth;
    if (depth == 0) plain += c;
    if (c == ')') --depth;
  }
  Words words = words_of(plain);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (memory_size(words, i) > 0) words.resize(i);
  }
  return words;
}

std::optional<std::size_t> find_words(const Words& in, const Words& wanted) {
  const auto found = std::search(in.begin(), in.end(), wanted.begin(), wanted.end());
  if (wanted.empty() || found == in.end()) return std::nullopt;
  return static_cast<std::size_t>(found - in.begin());
}

class Recognizer {
 public:
  Recognizer(const Catalog& catalog, const json& rules, const MachineHints& hints)
      : catalog_(catalog), rules_(rules), hints_(hints), renderer_(words_of(hints.renderer)) {}

  [[nodiscard]] std::optional<RecognizedDevice> find() const {
    const Found found = candidates();
    if (found.devices.empty()) return std::nullopt;
    return RecognizedDevice{smallest(found.devices), found.assumed};
  }

  struct Found {
    std::vector<std::size_t> devices;  // of one name
    bool assumed = false;
    Words words;  // of the rule that names them; empty where their own names do
  };
  [[nodiscard]] Found candidates() const {
    if (renderer_.empty() || blurred()) return {};
    Found fixed = by_fixed_name();
    return fixed.devices.empty() ? Found{by_catalog_name(), false, {}} : fixed;
  }

 private:
  [[nodiscard]] bool blurred() const {
    const std::string text = lowered(hints_.renderer);
    for (const json& sign : rules_["unknown"]) {
      if (text.find(sign.get_ref<const std::string&>()) != std::string::npos) return true;
    }
    return false;
  }

  // The name may be the beginning of another card's: "RTX 3060" of "RTX 3060 Ti".
  [[nodiscard]] bool goes_on(std::size_t after) const {
    if (after >= renderer_.size()) return false;
    const json& variants = rules_["variants"];
    return std::any_of(variants.begin(), variants.end(),
                       [&](const json& word) { return word.get_ref<const std::string&>() == renderer_[after]; });
  }

  [[nodiscard]] Found by_fixed_name() const {
    for (const json& entry : rules_["fixed_names"]) {
      const Words wanted = words_of(entry["words"].get_ref<const std::string&>());
      const std::optional<std::size_t> at = find_words(renderer_, wanted);
      if (!at || goes_on(*at + wanted.size())) continue;
      if (lowered(hints_.platform).find(entry.value("platform", std::string())) == std::string::npos) continue;
      std::vector<std::size_t> devices;
      for (const json& id : entry["devices"]) {
        if (const auto device = catalog_.find_device(id.get_ref<const std::string&>())) devices.push_back(*device);
      }
      if (!devices.empty()) return {std::move(devices), entry.value("assumed", false), wanted};
    }
    return {};
  }

  // The devices with the longest name that stands in the renderer's.
  [[nodiscard]] std::vector<std::size_t> by_catalog_name() const {
    std::vector<std::size_t> devices;
    std::size_t longest = 1;  // one word alone names no device
    for (std::size_t i = 0; i < catalog_.devices().size(); ++i) {
      const Words name = driver_name(catalog_.devices()[i].device.name);
      if (name.size() <= 1 || name.size() < longest) continue;
      const std::optional<std::size_t> at = find_words(renderer_, name);
      if (!at || goes_on(*at + name.size())) continue;
      if (name.size() > longest) devices.clear();
      longest = name.size();
      devices.push_back(i);
    }
    return devices;
  }

  // The renderer's own word on its memory decides; then what the browser says of the machine's, where the device shares
  // it; then the smallest. A rare kind is marked in parentheses ("(unofficial memory mod)") and comes last.
  [[nodiscard]] std::size_t smallest(const std::vector<std::size_t>& devices) const {
    double said = 0;
    for (std::size_t i = 0; i < renderer_.size() && said == 0; ++i) said = memory_size(renderer_, i);
    const auto rank = [&](std::size_t index) {
      const Device& device = catalog_.devices()[index].device;
      constexpr double kRounding = 0.1;
      const double memory = device.memory.as_double();
      const bool other_size = said > 0 && (memory < said * kGigabyte * (1 - kRounding) ||
                                           memory > said * gibibytes(1).as_double() * (1 + kRounding));
      const bool too_small =
          device.unified_memory && memory < hints_.memory_gib * gibibytes(1).as_double() * (1 - kRounding);
      const bool rare = !device.unified_memory && device.name.find('(') != std::string::npos;
      return std::tuple(other_size, rare, too_small, memory);
    };
    return *std::min_element(devices.begin(), devices.end(),
                             [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  }

  const Catalog& catalog_;
  const json& rules_;
  const MachineHints& hints_;
  Words renderer_;
};

json rules_of(const Catalog& catalog) { return parse_or_discard(as_text(catalog.section("first_scenario"))); }

}  // namespace

std::optional<RecognizedDevice> recognize(const Catalog& catalog, const MachineHints& hints) {
  const json rules = rules_of(catalog);
  if (!rules.is_object()) return std::nullopt;
  return Recognizer(catalog, rules, hints).find();
}

bool may_be(const Catalog& catalog, std::string_view printed, std::string_view device) {
  const json rules = rules_of(catalog);
  const std::optional<std::size_t> index = catalog.find_device(device);
  if (!rules.is_object() || !index) return true;
  const MachineHints hints{std::string(printed), {}, 0};
  const auto [found, assumed, words] = Recognizer(catalog, rules, hints).candidates();
  // A rule lists the usual machines with a chip; the names of all say which they have.
  return found.empty() || std::find(found.begin(), found.end(), *index) != found.end() ||
         find_words(words_of(catalog.devices()[*index].device.name), words).has_value();
}

FirstScenario first_scenario(Front& front, const MachineHints& hints) {
  const Catalog& catalog = front.catalog();
  FirstScenario first;
  const json rules = rules_of(catalog);
  if (!rules.is_object()) return first;
  first.recognized = Recognizer(catalog, rules, hints).find();
  first.spec.hardware.device.id =
      first.recognized ? catalog.devices()[first.recognized->device].device.id : rules.value("device", std::string());
  for (const json& model : rules["models"]) {
    first.spec.model = model.get_ref<const std::string&>();
    if (!first.recognized) break;  // the first of them was chosen for the common device
    const Result<Answer> answer = front.estimate_quickly(first.spec);
    if (answer && answer->estimate.placement.status <= FitStatus::tight &&
        answer->estimate.verdict.grade <= kWorstGrade) {
      break;
    }
  }
  return first;
}

}  // namespace headroom
