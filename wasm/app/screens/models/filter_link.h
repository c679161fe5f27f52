// The filters and the order of the Models screen as a part of the address: "fs=all&fk=vision&fl=fast,grade&fc=ttft".
#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "wasm/app/screen.h"
#include "wasm/app/screens/models/model_view.h"

namespace headroom::models {

// What the list shows; by default what fits, the best first.
struct Listing {
  Filter filter;
  Field sort_by = Field::score;
  bool descending = true;
  friend bool operator==(const Listing&, const Listing&) = default;
};

// Only what differs from the defaults.
[[nodiscard]] ViewState state_of(const Listing& listing);
// What can be read of it; values that cannot keep their defaults, and the first of them is the problem.
struct ListingReading {
  Listing listing;
  std::optional<Error> problem;
};
[[nodiscard]] ListingReading read_listing(const ViewState& state);

}  // namespace headroom::models
