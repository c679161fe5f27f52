// A whole scenario as the fragment of an address: "v=1&m=llama-3.1-8b&hw=nvidia-h20-96gb&n=8&q=FP8".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

// Without the leading '#'. Only what differs from the defaults; inline records as base64url.
[[nodiscard]] std::string encode_link(const ScenarioSpec& spec);

// A leading '#' is fine, and so are keys that are not ours (a screen, a newer version's). decode_link(encode_link(s))
// equals s. Errors: bad_value for what is not such a fragment or holds a value out of range.
[[nodiscard]] Result<ScenarioSpec> decode_link(std::string_view fragment);

// What of a fragment can be read, for a person who follows a link: values that cannot be are left out, and the first of
// them is the problem. Without a scenario where model or hardware is among them.
struct LinkReading {
  std::optional<ScenarioSpec> scenario;
  std::optional<Error> problem;
};
[[nodiscard]] LinkReading read_link(std::string_view fragment);

}  // namespace headroom
