#include "wasm/app/file_import.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/catalog/custom_model_json.h"
#include "core/catalog/json_text.h"

namespace headroom {
namespace {

constexpr std::uint64_t kLargestSlice = 8U << 20U;  // bytes read at a time

}  // namespace

void FileImport::start(Platform& platform, std::span<const PickedFile> files, Done done) {
  if (files.empty()) return;
  std::vector<ImportFile> given;
  std::vector<std::uint32_t> ids;
  for (const PickedFile& file : files) {
    given.push_back({file.name, file.size});
    ids.push_back(file.id);
  }
  if (job_) job_->done = nullptr;
  job_ = std::make_shared<Job>(Job{std::move(ids), ImportSession(std::move(given)), std::move(done)});
  read_next(platform, job_);
}

void FileImport::read_next(Platform& platform, const std::shared_ptr<Job>& job) {
  const std::optional<ImportSession::Wanted> wanted = job->session.wanted();
  if (!wanted) {
    finish(*job);
    return;
  }
  const auto length = static_cast<std::uint32_t>(std::min(wanted->range.length, kLargestSlice));
  platform.read_file(
      job->ids[wanted->file], wanted->range.offset, length,
      [&platform, job](std::optional<std::span<const std::uint8_t>> bytes) {
        if (!job->done) return;  // another import took its place
        const Status status = bytes ? job->session.feed(*bytes) : Error{ErrorCode::bad_file, "the file cannot be read"};
        if (status) {
          std::exchange(job->done, nullptr)(*status);
        } else {
          read_next(platform, job);
        }
        platform.request_frame(0);
      });
}

void FileImport::finish(Job& job) {
  if (!job.done) return;
  const Done done = std::exchange(job.done, nullptr);
  const Result<ImportedModel> imported = job.session.finish();
  if (!imported) {
    done(imported.error());
    return;
  }
  done(parse_custom_model(parse_or_discard(imported->record)));
}

}  // namespace headroom
