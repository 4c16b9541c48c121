// SPDX-License-Identifier: Apache-2.0
#ifdef RLTUNER_HAS_STUDIO
#include "rltuner/cli/web_server.h"

#include <fmt/format.h>

#include <chrono>
#include <random>
#include <thread>

#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/embedded_file.h"
#include "rltuner/core/text.h"

namespace rltuner::cli {
namespace {

studio::WebFiles EmbeddedFilesOfPage() {
  constexpr std::string_view kFolder = "studio/dist";
  studio::WebFiles page;
  for (const EmbeddedFile& file : PageFiles()) {
    if (!file.path.starts_with(kFolder)) continue;
    page[std::string(file.path.substr(kFolder.size()))].assign(
        reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  }
  return page;
}

}  // namespace

std::string RandomName() {
  std::random_device random;
  std::string name;
  for (int i = 0; i < 4; ++i) name += fmt::format("{:08x}", random());
  return name;
}

std::int64_t MillisecondsSince1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void WebServer::AddOptions(CLI::App& app, const std::string& group) {
  const auto add = [&](const std::string& usage, auto* field, const std::string& help) {
    return AddOption(app, usage, field, help)->group(group);
  };
  port_option_ = add("--port N", &port_,
                     OptionHelp("Port to listen on; 0 takes a free one. Change it if another "
                                "program uses it.",
                                "0 .. 65535", std::to_string(port_)))
                     ->check(InRange(0, 65535));
  add("--listen ADDRESS", &address_,
      "Address to listen on. With the default, 127.0.0.1, only this machine can connect. With "
      "0.0.0.0, everybody who has the printed address can connect; it contains a token.");
  add("--allow-host NAME", &guard_.hosts,
      "Another name under which browsers reach this server; can be repeated. Give one behind a "
      "proxy or with a domain name. The printed address uses the first.")
      ->check([](const std::string& host) {
        constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
        const bool is_name = host[0] == '[' || Lower(host).find_first_not_of(kAllowed) == host.npos;
        return is_name ? "" : "is " + host + ", expected letters a .. z, digits, . and - (no port)";
      });
  add("--page DIR", &page_,
      "Folder of a built page to serve instead of the program's own. Use it to develop the page.");
}

studio::WebFiles WebServer::LoadPage(const std::string& entry) const {
  studio::WebFiles page = page_.empty() ? EmbeddedFilesOfPage() : studio::ReadWebFiles(page_);
  const auto found = page.find(entry);
  if (found == page.end()) {
    Fail("{}: has no {}", page_.empty() ? "the page in this program" : "--page " + page_,
         entry.substr(1));
  }
  page["/index.html"] = found->second;
  return page;
}

int WebServer::Serve(const CommandContext& context, studio::WebFiles page, studio::Handler* handler,
                     const std::function<void(const std::string&, const study::StudyLink&)>& ready,
                     study::StudyLink link) {
  if (link.port != 0 && port_option_->count() == 0) port_ = link.port;
  if (!studio::IsLoopback(address_)) {
    if (link.token.empty()) link.token = RandomName();
    guard_.token = link.token;
  }
  const InterruptGuard interrupt;
  const auto server = studio::StartServer({.address = address_, .port = port_, .guard = guard_},
                                          std::move(page), handler);
  context.out() << server->Address() << std::endl;
  link.port = server->port();
  ready(server->Address(), link);
  while (!interrupt.Requested()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return kInterrupted;
}

}  // namespace rltuner::cli
#endif
