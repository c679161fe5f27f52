#include "wasm/app/address.h"

#include <algorithm>
#include <utility>

#include "core/catalog/link.h"

namespace headroom {
namespace {

constexpr std::string_view kScreenKey = "screen=", kVersionKey = "v=";

}  // namespace

std::string write_address(std::string_view screen, const ScenarioSpec& scenario) {
  std::string text = encode_link(scenario);
  if (screen.empty()) return text;
  if (!text.empty()) text += '&';
  text += kScreenKey;
  text += screen;
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
