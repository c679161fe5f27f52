#include "core/catalog/texts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/catalog/json_text.h"

namespace headroom {
namespace {

// Replaces each "{name}" by lookup(name), a pointer to text or null.
template <class Lookup>
std::string replace_placeholders(std::string_view text, const Lookup& lookup) {
  std::string out;
  out.reserve(text.size() + 32);
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    out += text.substr(0, open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (!lookup(name, out)) out += text.substr(open, close - open + 1);
    text.remove_prefix(close + 1);
  }
  out += text;
  return out;
}

}  // namespace

Result<Texts> Texts::parse(Language language, std::string_view text) {
  const nlohmann::json root = parse_or_discard(text);
  if (!root.is_object()) return Error{ErrorCode::bad_json, "texts: expected one object of key and text"};
  Texts texts;
  texts.language_ = language;
  texts.entries_.reserve(root.size());
  for (const auto& [key, value] : root.items()) {
    if (!value.is_string()) return Error{ErrorCode::bad_value, "texts: \"" + key + "\" is not a string"};
    texts.entries_.emplace_back(key, value.get_ref<const std::string&>());
  }
  std::sort(texts.entries_.begin(), texts.entries_.end());
  return texts;
}

const Texts::Entry* Texts::find(std::string_view key) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), key,
                                      [](const Entry& entry, std::string_view wanted) { return entry.first < wanted; });
  return found != entries_.end() && found->first == key ? &*found : nullptr;
}

std::string_view Texts::get(std::string_view key) const {
  const Entry* entry = find(key);
  return entry != nullptr ? std::string_view(entry->second) : key;
}

std::string Texts::fill(std::string_view key, std::initializer_list<Fill> values) const {
  return replace_placeholders(get(key), [&](std::string_view name, std::string& out) {
    for (const Fill& value : values) {
      if (value.first != name) continue;
      out += value.second;
      return true;
    }
    return false;
  });
}

std::string_view Texts::term(std::string_view name) const {
  const Entry* entry = find("term." + std::string(name));
  return entry == nullptr ? name : std::string_view(entry->second);
}

std::string Texts::render(const Message& message) const {
  if (message.empty()) return {};
  return replace_placeholders(get(message.key), [&](std::string_view name, std::string& out) {
    bool found = false;
    for (const MessageArg& argument : message.args) {
      if (argument.name != name) continue;
      if (found) out += " + ";
      const bool is_name = argument.kind == MessageArg::Kind::text;
      out += is_name ? std::string(term(argument.text)) : format_argument(argument, language_);
      found = true;
    }
    return found;
  });
}

std::string_view Texts::kind_of(const Error& error) const {
  return get("error." + std::string(error_code_name(error.code)));
}

std::string Texts::detail_of(const Error& error) const { return fill("error.detail", {{"detail", error.message}}); }

std::string Texts::explain(const Error& error) const { return sentences(kind_of(error), detail_of(error)); }

std::string Texts::sentences(std::string_view first, std::string_view second) const {
  if (first.empty() || second.empty()) return std::string(first.empty() ? second : first);
  return fill("list.sentences", {{"first", first}, {"second", second}});
}

std::vector<std::string_view> Texts::keys() const {
  std::vector<std::string_view> out;
  out.reserve(entries_.size());
  for (const Entry& entry : entries_) out.emplace_back(entry.first);
  return out;
}

std::string name_of_devices(const System& system, Language language) {
  std::string out;
  for (const DeviceRun& run : runs_of(system)) {
    if (!out.empty()) out += " + ";
    out += format_argument({{}, MessageArg::Kind::counted, static_cast<double>(run.count), run.device->name}, language);
  }
  return out;
}

std::string format_argument(const MessageArg& argument, Language language) {
  switch (argument.kind) {
    case MessageArg::Kind::text: return std::string(argument.text);
    case MessageArg::Kind::counted: {
      const std::string count = argument.number == 1 ? "" : format_number(argument.number, 0, language) + " × ";
      return count + std::string(argument.text);
    }
    case MessageArg::Kind::bytes: return join(format_bytes(argument.number, language));
    case MessageArg::Kind::tokens: return format_tokens(argument.number, language);
    case MessageArg::Kind::count: return format_number(argument.number, 0, language);
    case MessageArg::Kind::rate: return join(format_rate(argument.number, language));
    case MessageArg::Kind::percent: return format_percent(argument.number, language);
    case MessageArg::Kind::seconds: return join(format_seconds(argument.number, language));
    case MessageArg::Kind::dollars: return format_dollars(argument.number, language);
  }
  return {};
}

}  // namespace headroom
