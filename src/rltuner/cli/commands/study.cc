// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/cli/web_server.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text.h"
#include "rltuner/studio/study_service.h"
#include "rltuner/study/results.h"

namespace rltuner::cli {
namespace {

#ifdef RLTUNER_HAS_STUDIO

class StudyCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    options_of_actions_ = &app;
    AddOption(app, "ACTION", &action_, "create, serve or report.")->required();
    AddOption(app, "STUDY", &path_, "The study's file.")->required();
    AddOption(app, "--model [NAME=]MODEL", &models_,
              "A model to compare; give two or more. 'default' and 'folk' are bundled Note RNNs. A "
              "dataset stands for its held-out tunes.")
        ->group("create");
    settings_.Add(app, study::Describe(options_), "create");
    server_.AddOptions(app, "serve");
    app.add_flag("--new-link", new_link_,
                 "Replace the link for participants. The old link stops working. Use it if too "
                 "many people have the old link.")
        ->group("serve");
    AddOption(app, "--output DIR", &output_,
              "Folder for results.json, answers.csv and figure3.svg. Give it to publish or compute "
              "with the results.")
        ->group("report");
    app.add_flag("--all", all_,
                 "Count doubtful answers too: not heard to the end, or too fast. Compare the two "
                 "reports to see whether they matter.")
        ->group("report");
  }

  int Run(const CommandContext& context) override {
    const auto is_action = [](const std::string& name) {
      return name == "create" || name == "serve" || name == "report";
    };
    if (!is_action(action_)) {
      Fail("study {}: unknown; expected create, serve or report", action_);
    }
    for (const CLI::Option* option : options_of_actions_->get_options()) {
      const std::string& action = option->get_group();
      if (option->count() == 0 || action == action_ || !is_action(action)) continue;
      Fail("study {}: {} has no effect; it belongs to study {}", action_, option->get_name(),
           action);
    }
    if (action_ == "create") return Create(context);
    return action_ == "serve" ? Serve(context) : Report(context);
  }

 private:
  int Create(const CommandContext& context) {
    settings_.Apply();
    if (options_.title.find_first_not_of(' ') == std::string::npos) {
      Fail("--title is empty; expected the question at the top of the page");
    }
    study::StudyStore::CheckNew(path_);
    const std::vector<study::StudyModel> models = study::ModelsForStudy(models_, options_);
    for (const study::StudyModel& model : models) {
      if (!model.warning.empty()) context.Warn(model.warning);
    }
    study::StudyStore::Create(path_, options_, models);
    context.out() << fmt::format("{}: {} models with {} each, {} per participant\n", path_.string(),
                                 models.size(), Counted(options_.melodies, "melody", "melodies"),
                                 Counted(options_.comparisons, "comparison"));
    context.Say(fmt::format("next: rltuner study serve {}", path_.string()));
    return kDone;
  }

  int Serve(const CommandContext& context) {
    studio::WebFiles files = server_.LoadPage("/study.html");
    study::StudyStore store(path_, study::StudyUse::kServe);
    studio::StudyService service(&store, RandomName, SteadySeconds, MillisecondsSince1970);
    const study::StudyLink kept = store.Link();
    return server_.Serve(
        context, std::move(files), &service,
        [&](const std::string& address, const study::StudyLink& link) {
          store.StoreLink(link);
          context.Say(
              "This is the link for participants. It stays the same after a restart. Ctrl-C stops "
              "the server; all answers are kept.");
          if (address.find("token=") == std::string::npos) {
            context.Say("Only this machine can open it. For others: --listen 0.0.0.0");
          }
        },
        {.token = new_link_ ? "" : kept.token, .port = kept.port});
  }

  int Report(const CommandContext& context) const {
    const study::StudyStore store(path_, study::StudyUse::kRead);
    if (!output_.empty()) CheckOutput(output_ / "results.json");
    const study::StudyResults results = study::ResultsOf(store, all_);
    context.out() << study::StudyText(results);
    if (output_.empty()) return kDone;
    WriteFileAtomically(output_ / "results.json", study::StudyJson(results));
    WriteFileAtomically(output_ / "answers.csv", study::StudyCsv(store));
    WriteFileAtomically(output_ / "figure3.svg", study::DrawWins(results));
    return kDone;
  }

  const CLI::App* options_of_actions_ = nullptr;
  std::string action_;
  std::filesystem::path path_, output_;
  std::vector<std::string> models_;
  study::StudyOptions options_;
  SettingOptions settings_;
  WebServer server_{8788};
  bool all_ = false, new_link_ = false;
};

#else
using StudyCommand = MissingStudio;
#endif

}  // namespace

CommandInfo StudyCommandInfo() {
  return {
      "study",
      "Listen",
      "asks people which of two models' melodies they like better",
      "The listening study of Jaques et al. (2017), section 5. 'create' lets two or more models "
      "play melodies into a file. 'serve' shows pairs of them to participants in the browser, in "
      "random order and on random sides, without names, and keeps their answers in the same file. "
      "'report' says which models differ, by a permutation test with the participant as the unit. "
      "It also gives wins (Figure 3), shares, Bradley-Terry strengths and the paper's own tests.\n"
      "\n"
      "The link stays the same when the server restarts, and a participant who comes back "
      "continues with the next pair. The report excludes answers to melodies that were not heard "
      "to the end, and answers faster than the melodies, unless --all is given.",
      {"rltuner study create s.db --model note-rnn=default --model tuned=tuned/model.safetensors",
       "rltuner study serve s.db --listen 0.0.0.0", "rltuner study report s.db --output results"},
      &MakeCommand<StudyCommand>};
}

}  // namespace rltuner::cli
