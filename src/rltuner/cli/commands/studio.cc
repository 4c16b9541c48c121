// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/cli/web_server.h"
#include "rltuner/core/error.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/studio/service.h"
#include "rltuner/studio/session.h"

namespace rltuner::cli {
namespace {

#ifdef RLTUNER_HAS_STUDIO

constexpr const char* kFirstModel = "folk";
constexpr const char* kBundled = "bundled";  // what earlier studios called the model `default`

std::filesystem::path DefaultFolder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0') {
    return std::filesystem::path(data) / "rltuner" / "studio";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".local" / "share" / "rltuner" / "studio";
  }
  Fail("there is no home folder; use --folder to say where the studio keeps its models");
}

// Only if there is a screen. Failure is harmless, because the address is printed too.
void OpenBrowser(const std::string& address) {
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) return;
  // The address is a single word for any shell.
  const std::string command = "xdg-open '" + address + "' > /dev/null 2>&1 &";
  [[maybe_unused]] const int ignored = std::system(command.c_str());
}

class StudioCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "--model MODEL", &model_,
              fmt::format("Note RNN to tune: a model file, or a bundled one: {}. Give one that "
                          "learnt from your own melodies. Default: folk, or the model of the run "
                          "in DIR.",
                          fmt::join(BundledModels(), ", ")));
    AddOption(app, "--folder DIR", &folder_,
              "Folder that keeps the run and the versions. Give another for a separate project. "
              "Default: rltuner/studio below $XDG_DATA_HOME or ~/.local/share.");
    server_.AddOptions(app);
    app.add_flag("--no-browser", no_browser_, "Print the address only; open no browser.");
  }

  int Run(const CommandContext& context) override {
    studio::WebFiles files = server_.LoadPage("/index.html");
    if (folder_.empty()) folder_ = DefaultFolder();
    if (model_.empty()) {
      const std::string saved = studio::SavedModelIn(folder_);
      model_ = saved.empty() ? kFirstModel : saved == kBundled ? kDefaultModel : saved;
    }
    if (std::ranges::count(BundledModels(), model_) == 0) {
      model_ = std::filesystem::absolute(model_).lexically_normal().string();
    }
    const Model model = LoadModel(model_);
    const Encoding encoding = MelodyEncodingOf(model, model_);
    studio::Service service({{.note_rnn = model.note_rnn(),
                              .encoding = encoding,
                              .note_rnn_name = model_,
                              .recipes = studio::BundledRecipes(encoding),
                              .folder = folder_,
                              .clock = SteadySeconds},
                             "rltuner " RLTUNER_VERSION,
                             RandomName().substr(0, 8),
                             [] { return MillisecondsSince1970() / 1000; }});
    for (const std::string& warning : service.warnings()) context.Warn(warning);
    return server_.Serve(
        context, std::move(files), &service,
        [&](const std::string& address, const study::StudyLink& /*link*/) {
          context.Say(
              fmt::format("the studio keeps its models in {}; Ctrl-C ends it", folder_.string()));
          if (!no_browser_) OpenBrowser(address);
        });
  }

 private:
  std::string model_;
  std::filesystem::path folder_;
  WebServer server_{8787};
  bool no_browser_ = false;
};

#else
using StudioCommand = MissingStudio;
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
              "start resumes it. Nothing is loaded from the internet.",
          .examples = {"rltuner studio", "rltuner studio --model default",
                       "rltuner studio --listen 0.0.0.0 --model my.safetensors"},
          .make = MakeCommand<StudioCommand>};
}

}  // namespace rltuner::cli
