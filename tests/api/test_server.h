#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/server.h"
#include "jobs/service.h"
#include "tests/api/client.h"

namespace kiln::api_test {

/// What the engine behind the server does with a job.
enum class Engine {
  waits,         ///< until the test lets it go on
  paints,        ///< at once
  paints_large,  ///< at once, 32 MiB
  is_busy,       ///< computes on all cores until it is stopped
  renders,       ///< with the CPU renderer on all cores; its scenes are cornell-box and terrain, there is no box
};

/// A whole server on a free port: real services, blobs in a temporary folder, an engine that the test controls. Its
/// I/O runs on a thread of its own. Up to 300 jobs may wait.
class TestServer {
 public:
  using Adjust = std::function<void(jobs::ServiceOptions&)>;
  explicit TestServer(Engine engine = Engine::waits, http::ServerSettings settings = {}, const Adjust& adjust = {});
  ~TestServer();

  std::uint16_t port() const;
  Client connect() const { return Client(port()); }

  void let_succeed();  ///< the render that waits, or the next one
  void let_fail();
  void let_crash();                        ///< the engine, under the render that waits or the next one
  void progress(double value);             ///< of the render that waits
  std::vector<std::string> begun() const;  ///< ids in the order in which the engine got them

  std::size_t staged_files() const;
  void let_inspections_take(std::chrono::milliseconds time);
  void let_scenes_need(std::uint64_t device_bytes);  ///< as their inspection says
  void let_time_pass(std::chrono::seconds time);  ///< on the wall clock; pictures are kept for an hour, jobs for a day
  void set_disk_full(bool full);                  ///< the stores refuse every change
  void set_engine_broken(bool broken);
  void set_renderer(
      const std::string& name);  ///< whose pictures may be used twice; that of the painting engine is "painter"
  void lose_picture(const std::string& job);  ///< as a disk may
  void cut_picture(const std::string& job);   ///< to nothing, likewise
  void lock_picture(const std::string& job);  ///< it is there and cannot be opened
  void drain();                               ///< server and jobs
  bool quiet() const;                         ///< both said so

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Asks again and again until it holds; false when it does not within a minute.
bool eventually(const std::function<bool()>& holds);

/// Submits the box with the given further members (as JSON text, without braces) and gives the job's id.
std::string submit(Client& client, const std::string& members = "");

/// Waits for a state. Fails the test when another final one comes.
bool reaches(Client& client, const std::string& id, const std::string& status);

}  // namespace kiln::api_test
