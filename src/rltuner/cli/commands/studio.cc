// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <vector>

#include "rltuner/cli/command.h"
#include "rltuner/core/error.h"

#ifdef RLTUNER_HAS_STUDIO
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "rltuner/cli/bundled.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/model_argument.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/random_name.h"
#include "rltuner/studio/server.h"
#include "rltuner/studio/service.h"
#endif

namespace rltuner {
namespace {

#ifdef RLTUNER_HAS_STUDIO

std::filesystem::path DefaultFolder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0') {
    return std::filesystem::path(data) / "rltuner" / "studio";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".local" / "share" / "rltuner" / "studio";
  }
  Fail("there is no home folder; say with --folder where the studio keeps its models");
}

std::int64_t SecondsSince1970() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Only where there is a screen; that it fails is no matter, as the address is printed.
void OpenBrowser(const std::string& address) {
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) return;
  // The address holds nothing that a shell would take for more than a word.
  const std::string command = "xdg-open '" + address + "' > /dev/null 2>&1 &";
  [[maybe_unused]] const int ignored = std::system(command.c_str());
}

class StudioCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("--model", model_,
                   "Note RNN to tune: a model file, or 'default' for the bundled one.")
        ->type_name("MODEL");
    app.add_option("--folder", folder_,
                   "Folder that keeps the run and the versions. Default: rltuner/studio below "
                   "$XDG_DATA_HOME or ~/.local/share.")
        ->type_name("DIR");
    app.add_option("--port", port_,
                   OptionHelp("Port to listen on; 0 takes a free one.", "0 .. 65535",
                              std::to_string(port_)))
        ->check(CLI::Range(0, 65535))
        ->type_name("N");
    app.add_option(
           "--listen", address_,
           "Address to listen on. Any other than this machine's own, such as 0.0.0.0, lets "
           "others in who have the address printed, which holds a token. Default 127.0.0.1.")
        ->type_name("ADDRESS");
    app.add_option("--allow-host", guard_.hosts,
                   "A further name that browsers know this server by, for example behind a proxy; "
                   "may be given several times.")
        ->type_name("NAME");
    app.add_flag("--no-browser", no_browser_, "Print the address only; open no browser.");
    app.add_option("--sound-font", sound_font_,
                   "Sound font (.sf2) for WAV files. Default: the system's TimGM6mb.")
        ->type_name("FILE");
    app.add_option("--page", page_, "Serve the page in this folder, not the one in the program.")
        ->type_name("DIR");
  }

  int Run(const CommandContext& context) override {
    Page page = page_.empty() ? EmbeddedPage() : ReadPage(page_);
    if (page.empty()) {
      Fail(
          "this program was built without the studio's page, which needs Node; see docs/studio.md");
    }
    if (folder_.empty()) folder_ = DefaultFolder();
    const Model model = LoadModel(model_);
    Service service({.program = "rltuner " RLTUNER_VERSION,
                     .instance = RandomName().substr(0, 8),
                     .folder = folder_,
                     .note_rnn = model.note_rnn(),
                     .note_rnn_name = model_ == kDefaultModel ? "bundled" : model_,
                     .recipe = FindRecipe("tune", "balanced").text,
                     .sound_font = sound_font_,
                     .clock = MonotonicSeconds,
                     .now = SecondsSince1970});
    for (const std::string& warning : service.warnings()) context.Warn(warning);
    if (!IsLoopback(address_)) guard_.token = RandomName();
    const InterruptGuard interrupt;
    const Server server({.address = address_, .port = port_, .guard = guard_}, std::move(page),
                        &service);
    context.out() << server.Address() << std::endl;
    context.Say(fmt::format("the studio keeps its models in {}; Ctrl-C ends it", folder_.string()));
    if (!no_browser_) OpenBrowser(server.Address());
    while (!interrupt.Requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return kInterrupted;
  }

 private:
  std::string model_ = kDefaultModel, address_ = "127.0.0.1", sound_font_;
  std::filesystem::path folder_, page_;
  int port_ = 8787;
  bool no_browser_ = false;
  GuardOptions guard_;
};

#else

class StudioCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override { app.allow_extras(); }

  int Run(const CommandContext& /*context*/) override {
    Fail("this program was built without the studio, which needs cpp-httplib; see docs/studio.md");
  }
};

#endif

}  // namespace

CommandInfo StudioCommandInfo() {
  return {.name = "studio",
          .group = "Listen",
          .summary = "a page in the browser on which to shape a model by ear",
          .description =
              "Starts a web server for this machine alone and opens its page: listen to melodies "
              "before and after tuning, move a slider for each rule, and hear the model learn. "
              "Models are kept as versions, each a file that evaluate, generate and tune --recipe "
              "take.\n"
              "\n"
              "Closing the browser does not stop a run; ending the program saves it, and the next "
              "start goes on with it. Nothing is loaded from the internet.",
          .examples = {"rltuner studio", "rltuner studio --port 0 --no-browser",
                       "rltuner studio --listen 0.0.0.0 --model my.safetensors"},
          .make = MakeCommand<StudioCommand>};
}

}  // namespace rltuner
