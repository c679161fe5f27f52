#include "wasm/app/address.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/catalog/link.h"
#include "core/catalog/url_text.h"

namespace headroom {
namespace {

constexpr std::string_view kScreenKey = "screen=", kVersionKey = "v=";
// Keys of what a screen shows; no link of a scenario has them.
constexpr std::array<std::string_view, 6> kViewKeys{"fs", "fk", "fl", "fo", "fq", "fc"};

bool is_of_view(std::string_view part) {
  const std::string_view key = part.substr(0, part.find('='));
  return key.size() < part.size() && std::find(kViewKeys.begin(), kViewKeys.end(), key) != kViewKeys.end();
}

}  // namespace

std::string write_address(std::string_view screen, const ViewState& view, const ScenarioSpec& scenario) {
  std::string text = encode_link(scenario);
  const auto begin_part = [&text] {
    if (!text.empty()) text += '&';
  };
  if (!screen.empty()) {
    begin_part();
    text += kScreenKey;
    text += screen;
  }
  for (const auto& [key, value] : view) {
    begin_part();
    text += key + "=" + percent_encoded(value);
  }
  return text;
}

Address read_address(std::string_view fragment) {
  Address address;
  if (!fragment.empty() && fragment.front() == '#') fragment.remove_prefix(1);
  if (fragment.find_first_of("=&") == std::string_view::npos) {  // "#models", as people write it
    address.screen = fragment;
    return address;
  }
  bool states_scenario = false, versioned = false;
  std::string_view rest = fragment;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view part = rest.substr(0, end);
    if (part.substr(0, kScreenKey.size()) == kScreenKey) {
      address.screen = part.substr(kScreenKey.size());
    } else if (is_of_view(part)) {
      const std::size_t value = part.find('=') + 1;
      address.view.emplace_back(part.substr(0, value - 1), percent_decoded(part.substr(value)).value_or(""));
    } else if (!part.empty()) {
      states_scenario = true;
      versioned = versioned || part.starts_with(kVersionKey);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!states_scenario) return address;
  LinkReading reading = read_link(fragment);
  address.scenario = std::move(reading.scenario);
  address.problem = std::move(reading.problem);
  address.foreign = address.problem && !versioned;
  return address;
}

}  // namespace headroom
