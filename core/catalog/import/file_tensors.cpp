#include "core/catalog/import/file_tensors.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>

#include "core/catalog/import/limits.h"
#include "core/catalog/json_fields.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> kLayerWords{"blk", "layers", "h", "blocks", "block", "layer"};
constexpr std::size_t kMaxEntries = 65536;
constexpr std::size_t kMaxExpanded = 65536;
constexpr std::uint64_t kMaxLayer = 1023;
constexpr std::size_t kMaxName = 512;

bool is_layer_word(std::string_view word) {
  return std::find(kLayerWords.begin(), kLayerWords.end(), word) != kLayerWords.end();
}

// Rising layer numbers as inclusive ranges.
json ranges_of(const std::vector<std::int32_t>& layers) {
  json out = json::array();
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t j = i;
    while (j + 1 < layers.size() && layers[j + 1] == layers[j] + 1) ++j;
    out.push_back(json::array({layers[i], layers[j]}));
    i = j + 1;
  }
  return out;
}

Error malformed(const std::string& what) { return {ErrorCode::bad_value, "model.tensors: " + what}; }

const std::string* text_at(const json& entry, std::size_t i) {
  return i < entry.size() ? entry[i].get_ptr<const std::string*>() : nullptr;
}

const std::uint64_t* number_at(const json& entry, std::size_t i) {
  if (i >= entry.size() || !entry[i].is_number_unsigned()) return nullptr;
  return entry[i].get_ptr<const std::uint64_t*>();
}

Status read_shape(const json& shape, FileTensor& tensor) {
  if (!shape.is_array() || shape.size() > tensor.ne.size()) return malformed(shown(shape) + " is not a shape");
  std::uint64_t elements = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const std::uint64_t* n = number_at(shape, d);
    if (n == nullptr || *n == 0 || __builtin_mul_overflow(elements, *n, &elements) || elements > kMaxElements) {
      return malformed("a dimension of " + tensor.name + " is not a whole number from 1, or the product is too large");
    }
    tensor.ne[d] = *n;
  }
  tensor.dims = static_cast<std::uint8_t>(shape.size());
  return std::nullopt;
}

Status expand(const FileTensor& pattern, const json& ranges, std::vector<FileTensor>& out) {
  const std::size_t hash = pattern.name.find('#');
  if (!ranges.is_array() || hash == std::string::npos) return malformed("layers of " + pattern.name + " are malformed");
  for (const json& range : ranges) {
    const std::uint64_t* first = range.is_array() ? number_at(range, 0) : nullptr;
    const std::uint64_t* last = range.is_array() ? number_at(range, 1) : nullptr;
    if (first == nullptr || last == nullptr || *first > *last || *last > kMaxLayer) {
      return malformed("a range of layers of " + pattern.name + " must be [first, last] up to 1023");
    }
    for (std::uint64_t layer = *first; layer <= *last; ++layer) {
      if (out.size() == kMaxExpanded) return malformed("more than 65536 tensors");
      FileTensor tensor = pattern;
      tensor.name.replace(hash, 1, std::to_string(layer));
      out.push_back(std::move(tensor));
    }
  }
  return std::nullopt;
}

}  // namespace

LayerNumber layer_number(const std::string& name) {
  if (name.find('#') != std::string::npos) return {};  // the mark of a layer in the compact form
  std::size_t word = 0;
  while (word < name.size()) {
    const std::size_t dot = name.find('.', word);
    if (dot == std::string::npos) break;
    const std::size_t next = std::min(name.find('.', dot + 1), name.size());
    if (is_layer_word(std::string_view(name).substr(word, dot - word))) {
      LayerNumber found;
      const auto [end, failure] = std::from_chars(name.data() + dot + 1, name.data() + next, found.layer);
      if (failure == std::errc{} && end == name.data() + next && found.layer >= 0 &&
          static_cast<std::uint64_t>(found.layer) <= kMaxLayer) {
        found.begin = dot + 1;
        found.length = next - dot - 1;
        return found;
      }
    }
    word = dot + 1;
  }
  return {};
}

json tensors_to_json(const std::vector<FileTensor>& tensors) {
  using Key = std::tuple<std::string, std::array<std::uint64_t, 4>, std::string, std::uint64_t>;
  std::map<Key, std::pair<const FileTensor*, std::vector<std::int32_t>>> groups;
  for (const FileTensor& t : tensors) {
    const LayerNumber number = layer_number(t.name);
    std::string pattern = t.name;
    if (number.layer >= 0) pattern.replace(number.begin, number.length, "#");
    auto& group = groups[Key{pattern, t.ne, t.type, t.bytes}];
    group.first = &t;
    if (number.layer >= 0) group.second.push_back(number.layer);
  }
  json out = json::array();
  for (auto& [key, group] : groups) {
    auto& [tensor, layers] = group;
    json entry = json::array({std::get<0>(key), json::array(), tensor->type, tensor->bytes});
    for (std::size_t d = 0; d < tensor->dims; ++d) entry[1].push_back(tensor->ne[d]);
    if (!layers.empty()) {
      std::sort(layers.begin(), layers.end());
      entry.push_back(ranges_of(layers));
    }
    out.push_back(std::move(entry));
  }
  return out;
}

Result<std::vector<FileTensor>> tensors_from_json(const json& value) {
  if (!value.is_array() || value.size() > kMaxEntries) return malformed("a list of tensors is expected");
  std::vector<FileTensor> out;
  for (const json& entry : value) {
    const std::string* name = entry.is_array() ? text_at(entry, 0) : nullptr;
    const std::string* type = entry.is_array() ? text_at(entry, 2) : nullptr;
    const std::uint64_t* bytes = entry.is_array() ? number_at(entry, 3) : nullptr;
    if (name == nullptr || type == nullptr || bytes == nullptr || name->empty() || name->size() > kMaxName ||
        type->size() > kMaxName || *bytes > kMaxElements) {
      return malformed(shown(entry) + " is not [name, shape, type, bytes, layers]");
    }
    FileTensor tensor;
    tensor.name = *name;
    tensor.type = *type;
    tensor.bytes = *bytes;
    if (Status bad = read_shape(entry[1], tensor)) return *bad;
    if (entry.size() > 4) {
      if (Status bad = expand(tensor, entry[4], out)) return *bad;
    } else {
      if (out.size() == kMaxExpanded) return malformed("more than 65536 tensors");
      out.push_back(std::move(tensor));
    }
  }
  return out;
}

}  // namespace headroom
