// SPDX-License-Identifier: Apache-2.0
#ifdef RLTUNER_HAS_STUDIO
#include "rltuner/cli/page_server.h"

#include <chrono>
#include <thread>

#include "rltuner/cli/bundled.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/machine.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/error.h"

namespace rltuner {
namespace {

Page EmbeddedPage() {
  constexpr std::string_view kFolder = "studio/dist";
  Page page;
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (!file.path.starts_with(kFolder)) continue;
    page[std::string(file.path.substr(kFolder.size()))].assign(
        reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  }
  return page;
}

}  // namespace

void PageServer::AddOptions(CLI::App& app, const std::string& group) {
  port_option_ = app.add_option(
      "--port", port_,
      OptionHelp("Port to listen on; 0 takes a free one.", "0 .. 65535", std::to_string(port_)));
  app.get_option("--port")->check(CLI::Range(0, 65535))->type_name("N")->group(group);
  app.add_option(
         "--listen", address_,
         "Address to listen on. The default, 127.0.0.1, lets in this machine alone; 0.0.0.0 "
         "lets in everybody who has the printed address, which holds a token.")
      ->type_name("ADDRESS")
      ->group(group);
  app.add_option("--allow-host", guard_.hosts,
                 "A further name that browsers know this server by, for example behind a proxy; "
                 "may be given several times. The printed address uses the first one.")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--page", page_, "Serve the page in this folder, not the one in the program.")
      ->type_name("DIR")
      ->group(group);
}

Page PageServer::LoadPage(const std::string& entry) const {
  Page page = page_.empty() ? EmbeddedPage() : ReadPage(page_);
  const auto found = page.find(entry);
  if (found == page.end()) {
    Fail("{}: has no {}", page_.empty() ? "the page in this program" : "--page " + page_,
         entry.substr(1));
  }
  page["/index.html"] = found->second;
  return page;
}

int PageServer::Serve(
    const CommandContext& context, Page page, Handler* handler,
    const std::function<void(const std::string& address, const PageLink& link)>& ready,
    PageLink link) {
  if (link.port != 0 && port_option_->count() == 0) port_ = link.port;
  if (!IsLoopback(address_)) {
    if (link.token.empty()) link.token = RandomName();
    guard_.token = link.token;
  }
  const InterruptGuard interrupt;
  const Server server({.address = address_, .port = port_, .guard = guard_}, std::move(page),
                      handler);
  context.out() << server.Address() << std::endl;
  link.port = server.port();
  ready(server.Address(), link);
  while (!interrupt.Requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return kInterrupted;
}

}  // namespace rltuner
#endif
