#include "wasm/platform/browser_platform.h"

#include <emscripten/emscripten.h>

#include <utility>

namespace headroom {

using emscripten::val;

namespace {

std::string text(std::string_view view) { return std::string(view); }

}  // namespace

BrowserPlatform::BrowserPlatform(val host) : host_(std::move(host)), system_font_(host_) {}

double BrowserPlatform::now() const { return emscripten_get_now() / 1000; }

void BrowserPlatform::request_frame(double in_seconds) { host_.call<void>("requestFrame", in_seconds); }

Machine BrowserPlatform::machine() const {
  const val told = host_.call<val>("machine");
  return {told["renderer"].as<std::string>(), told["platform"].as<std::string>(), told["memory_gib"].as<double>()};
}

std::string BrowserPlatform::fragment() const { return host_.call<std::string>("fragment"); }

void BrowserPlatform::navigate(std::string_view fragment, Navigation how) {
  host_.call<void>("navigate", text(fragment), how == Navigation::push);
}

std::string BrowserPlatform::page_url() const { return host_.call<std::string>("pageUrl"); }

void BrowserPlatform::set_title(std::string_view title) { host_.call<void>("setTitle", text(title)); }

void BrowserPlatform::open_url(std::string_view url) { host_.call<void>("openUrl", text(url)); }

void BrowserPlatform::copy_text(std::string_view content) { host_.call<void>("copyText", text(content)); }

void BrowserPlatform::pick_files(std::string_view accept, bool multiple) {
  host_.call<void>("pickFiles", text(accept), multiple);
}

void BrowserPlatform::read_file(std::uint32_t file, std::uint64_t offset, std::uint32_t length, ReadDone done) {
  const std::uint32_t read = next_read_++;
  reads_.emplace(read, std::move(done));
  // A double carries every offset of a real file exactly (up to 2^53 bytes).
  host_.call<void>("readFile", file, static_cast<double>(offset), length, read);
}

void BrowserPlatform::finish_read(std::uint32_t read, std::optional<std::span<const std::uint8_t>> bytes) {
  const auto found = reads_.find(read);
  if (found == reads_.end()) return;
  const ReadDone done = std::move(found->second);
  reads_.erase(found);
  done(bytes);
}

void BrowserPlatform::download(std::string_view file_name, std::string_view mime, std::string_view content) {
  // As bytes, so that any content passes; the host copies them before this returns.
  const val bytes(emscripten::typed_memory_view(content.size(), reinterpret_cast<const std::uint8_t*>(content.data())));
  host_.call<void>("download", text(file_name), text(mime), bytes);
}

std::optional<std::string> BrowserPlatform::load(std::string_view key) const {
  const val value = host_.call<val>("load", text(key));
  if (value.isNull()) return std::nullopt;
  return value.as<std::string>();
}

void BrowserPlatform::store(std::string_view key, std::string_view value) {
  host_.call<void>("store", text(key), text(value));
}

void BrowserPlatform::announce(std::string_view sentence) { host_.call<void>("announce", text(sentence)); }

void BrowserPlatform::show_plain_view() { host_.call<void>("showPlainView"); }

void BrowserPlatform::set_document_language(std::string_view language) {
  host_.call<void>("setLanguage", text(language));
}

void BrowserPlatform::set_page_colors(bool dark, std::uint32_t background) {
  host_.call<void>("setPageColors", dark, background);
}

}  // namespace headroom
