// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/cli/web_server.h"
#include "rltuner/core/error.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/recipes/bundled.h"
#include "rltuner/studio/service.h"

namespace rltuner::cli {
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

// Only where there is a screen. It may fail: the address is printed too.
void OpenBrowser(const std::string& address) {
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) return;
  // The address holds nothing that a shell would take for more than a word.
  const std::string command = "xdg-open '" + address + "' > /dev/null 2>&1 &";
  [[maybe_unused]] const int ignored = std::system(command.c_str());
}

// The first is the one that the studio begins with.
std::vector<studio::RecipeSource> StudioRecipes() {
  return {{.name = "default",
           .title = "Default",
           .summary = "Better by every rule, and nearly every melody is different.",
           .toml = FindRecipe("tune", "default").text},
          {.name = "balanced",
           .title = "Balanced",
           .summary = "Closer to the tunes that it learnt from, with less help from the rules.",
           .toml = FindRecipe("tune", "balanced").text}};
}

class StudioCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(
        app, "--model MODEL", &model_,
        "Note RNN to tune: a model file, or 'default' for the bundled one. Give one that learnt "
        "from your own melodies.");
    AddOption(app, "--folder DIR", &folder_,
              "Folder that keeps the run and the versions. Give another for a project of its own. "
              "Default: rltuner/studio below $XDG_DATA_HOME or ~/.local/share.");
    server_.AddOptions(app);
    app.add_flag("--no-browser", no_browser_, "Print the address only; open no browser.");
  }

  int Run(const CommandContext& context) override {
    studio::WebFiles files = server_.LoadPage("/index.html");
    if (folder_.empty()) folder_ = DefaultFolder();
    const Model model = LoadModel(model_);
    RequirePaperEncoding(model, model_, "the studio");
    studio::Service service({.program = "rltuner " RLTUNER_VERSION,
                             .instance = RandomName().substr(0, 8),
                             .folder = folder_,
                             .note_rnn = model.note_rnn(),
                             .note_rnn_name = model_ == kDefaultModel ? "bundled" : model_,
                             .recipes = StudioRecipes(),
                             .clock = SteadySeconds,
                             .now = [] { return MillisecondsSince1970() / 1000; }});
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
  std::string model_ = kDefaultModel;
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
          .examples = {"rltuner studio", "rltuner studio --port 0 --no-browser",
                       "rltuner studio --listen 0.0.0.0 --model my.safetensors"},
          .make = MakeCommand<StudioCommand>};
}

}  // namespace rltuner::cli
