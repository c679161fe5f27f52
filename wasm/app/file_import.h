// Reads a model from files a person dropped or picked, slice by slice, so that a file of any size costs a few MB.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/catalog/custom_model.h"
#include "core/catalog/import/import_session.h"
#include "core/result.h"
#include "wasm/platform/platform.h"

namespace headroom {

class FileImport {
 public:
  using Done = std::function<void(Result<CustomModel>)>;
  // Ends an import under way. `done` is called once, later, from the event loop.
  void start(Platform& platform, std::span<const PickedFile> files, Done done);

 private:
  struct Job {
    std::vector<std::uint32_t> ids;  // of the platform's files, parallel to the session's
    ImportSession session;
    Done done;
  };
  static void read_next(Platform& platform, const std::shared_ptr<Job>& job);
  static void finish(Job& job);
  std::shared_ptr<Job> job_;
};

}  // namespace headroom
