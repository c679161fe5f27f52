#include "wasm/app/screens/models/filter_link.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "core/catalog/look_up.h"
#include "core/catalog/names.h"
#include "core/catalog/nearest.h"
#include "core/catalog/quoted.h"

namespace headroom::models {
namespace {

constexpr std::string_view kShow = "fs", kKind = "fk", kLeast = "fl", kOpen = "fo", kQuery = "fq", kOrder = "fc";
constexpr std::string_view kOpenOnly = "1";
constexpr std::string_view kFast = "fast", kLong = "long", kGrade = "grade";
constexpr std::array<std::string_view, 3> kLeasts{kFast, kLong, kGrade};
constexpr std::size_t kLongestQuery = 200;  // bytes
constexpr char kFalling = '-';

constexpr std::array<Named<Show>, 3> kShows{{{Show::fits, "fits"}, {Show::runs, "runs"}, {Show::all, "all"}}};
constexpr std::array<Named<Kind>, kKinds> kKindNames{
    {{Kind::text, "text"}, {Kind::vision, "vision"}, {Kind::embedding, "embedding"}, {Kind::speech, "speech"}}};
// Of columns that can be sorted by.
constexpr std::array<Named<Field>, kFields - 1> kOrders{{{Field::name, "name"},
                                                         {Field::format, "format"},
                                                         {Field::grade, "grade"},
                                                         {Field::score, "score"},
                                                         {Field::decode, "decode"},
                                                         {Field::ttft, "ttft"},
                                                         {Field::context, "context"},
                                                         {Field::weights, "weights"},
                                                         {Field::params, "params"},
                                                         {Field::release, "release"},
                                                         {Field::license, "license"}}};

template <class Names>
std::string names_of(const Names& names) {
  return joined(ids_of(names, [](const auto& entry) { return entry.name; }));
}

class Reader {
 public:
  explicit Reader(ListingReading& out) : out_(out) {}

  void read(std::string_view key, std::string_view value) {
    Filter& filter = out_.listing.filter;
    if (key == kShow) choose(key, value, kShows, filter.show);
    if (key == kKind) choose(key, value, kKindNames, filter.kind);
    if (key == kQuery) filter.query = beginning(value, kLongestQuery);
    if (key == kLeast) least(value);
    if (key == kOpen) {
      filter.open_only = value == kOpenOnly;
      if (!filter.open_only) refuse(key, value, std::string(kOpenOnly));
    }
    if (key == kOrder) {
      const bool falling = value.starts_with(kFalling);
      if (choose(key, falling ? value.substr(1) : value, kOrders, out_.listing.sort_by)) {
        out_.listing.descending = falling;
      }
    }
  }

 private:
  void refuse(std::string_view key, std::string_view value, const std::string& allowed) {
    if (out_.problem) return;
    out_.problem = Error{ErrorCode::bad_value,
                         "link: " + std::string(key) + " " + in_quotes(value) + " was given; allowed are " + allowed};
  }

  template <class Names, class Value>
  bool choose(std::string_view key, std::string_view value, const Names& names, Value& out) {
    const auto found = value_of(names, value);
    if (found) {
      out = *found;
    } else {
      refuse(key, value, names_of(names));
    }
    return found.has_value();
  }

  void least(std::string_view values) {
    Filter& filter = out_.listing.filter;
    while (!values.empty()) {
      const std::string_view one = values.substr(0, values.find(','));
      values.remove_prefix(std::min(one.size() + 1, values.size()));
      if (one == kFast) {
        filter.fast = true;
      } else if (one == kLong) {
        filter.long_context = true;
      } else if (one == kGrade) {
        filter.good_grade = true;
      } else {
        refuse(kLeast, one, joined(kLeasts));
      }
    }
  }

  ListingReading& out_;
};

}  // namespace

ViewState state_of(const Listing& listing) {
  const Listing usual;
  const Filter& filter = listing.filter;
  ViewState state;
  const auto put = [&state](std::string_view key, std::string_view value) {
    if (!value.empty()) state.emplace_back(key, value);
  };
  if (filter.show != usual.filter.show) put(kShow, name_of(kShows, filter.show));
  if (filter.kind != usual.filter.kind) put(kKind, name_of(kKindNames, filter.kind));
  std::string least;
  const auto add = [&least](bool asked, std::string_view name) {
    if (asked) least += (least.empty() ? "" : ",") + std::string(name);
  };
  add(filter.fast, kFast);
  add(filter.long_context, kLong);
  add(filter.good_grade, kGrade);
  put(kLeast, least);
  if (filter.open_only) put(kOpen, kOpenOnly);
  put(kQuery, filter.query);
  if (listing.sort_by != usual.sort_by || listing.descending != usual.descending) {
    put(kOrder, (listing.descending ? std::string(1, kFalling) : std::string()) +
                    std::string(name_of(kOrders, listing.sort_by)));
  }
  return state;
}

ListingReading read_listing(const ViewState& state) {
  ListingReading reading;
  Reader reader(reading);
  for (const auto& [key, value] : state) reader.read(key, value);
  return reading;
}

}  // namespace headroom::models
