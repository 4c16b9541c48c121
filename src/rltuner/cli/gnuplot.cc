// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/gnuplot.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <cstdlib>
#include <random>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"

namespace rltuner {
namespace fs = std::filesystem;
namespace {

// A new folder that is removed at the end.
class WorkFolder {
 public:
  WorkFolder() {
    std::random_device random;
    path_ =
        fs::temp_directory_path() / fmt::format("rltuner-plot-{:08x}{:08x}", random(), random());
    MakeFolder(path_);
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

// A gnuplot string: in single quotes nothing but the quote itself is special.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + '\'';
}

// An argument for the shell that std::system runs.
std::string ShellQuoted(const std::string& text) {
#ifdef _WIN32
  return '"' + text + '"';
#else
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + '\'';
#endif
}

std::string Number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : "NaN"; }

}  // namespace

std::string GnuplotScript(const LineChart& chart, const std::string& output) {
  std::string script = fmt::format(
      "set terminal svg size {},{} noenhanced font 'sans-serif,14' background '#ffffff'\n"
      "set output {}\nset title {}\nset xlabel {}\nset ylabel {}\n"
      "set grid lc rgb '#dddddd'\nset key outside below\nset datafile missing 'NaN'\n"
      "set style fill solid 0.2 noborder\nset tics nomirror\nset border 3 lc rgb '#888888'\n"
      "set linetype 1 lc rgb '#3f7ab8'\nset linetype 2 lc rgb '#dd6b20'\n"
      "set linetype 3 lc rgb '#2f855a'\nset linetype 4 lc rgb '#805ad5'\n",
      chart.width, chart.height, Quoted(output), Quoted(chart.title), Quoted(chart.x_label),
      Quoted(chart.y_label));
  if (chart.log_x) script += "set logscale x\n";
  if (chart.log_y) script += "set logscale y\n";
  if (!chart.log_x) script += "set format x '%.0s%c'\n";  // 200k, 1M
  if (!std::isnan(chart.y_low)) script += fmt::format("set yrange [{}:]\n", chart.y_low);
  std::string plots;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const ChartSeries& series = chart.series[i];
    assert(series.x.size() == series.y.size() && series.low.size() == series.high.size());
    const bool band = !series.low.empty();
    script += fmt::format("$data{} << END_OF_DATA\n", i);
    for (std::size_t j = 0; j < series.x.size(); ++j) {
      script += Number(series.x[j]) + ' ' + Number(series.y[j]);
      if (band) script += ' ' + Number(series.low[j]) + ' ' + Number(series.high[j]);
      script += '\n';
    }
    script += "END_OF_DATA\n";
    if (band) {
      plots += fmt::format("{}$data{} using 1:3:4 with filledcurves lt {} notitle",
                           plots.empty() ? "" : ", ", i, i + 1);
    }
    plots += fmt::format("{}$data{} using 1:2 with lines lw 2 lt {} title {}",
                         plots.empty() ? "" : ", ", i, i + 1, Quoted(series.name));
  }
  return script + "plot " + plots + '\n';
}

std::string DrawLineChart(const LineChart& chart, const fs::path& path) {
  if (chart.series.empty()) return fmt::format("no data, so no picture {}", path.string());
  const WorkFolder folder;
  const fs::path picture = folder / "chart.svg";
  WriteFileAtomically(folder / "chart.gp", GnuplotScript(chart, picture.string()));
  const std::string command =
      fmt::format("gnuplot {} > {} 2>&1", ShellQuoted((folder / "chart.gp").string()),
                  ShellQuoted((folder / "log").string()));
  const int status = std::system(command.c_str());  // NOLINT: every argument is quoted
  std::error_code error;
  if (status == 0 && fs::file_size(picture, error) > 0 && !error) {
    WriteFileAtomically(path, ReadTextFile(picture));
    return "";
  }
#ifdef _WIN32
  constexpr int kNotFound = 9009;
#else
  constexpr int kNotFound = 127 << 8;  // as wait() reports the shell's 127
#endif
  if (status == kNotFound) {
    return fmt::format("gnuplot is not installed, so no picture {}; its package is gnuplot",
                       path.string());
  }
  const std::string log = ReadTextFile(folder / "log");
  const std::size_t begin = log.find_first_not_of("\n ");
  return fmt::format("gnuplot failed, so no picture {}: {}", path.string(),
                     begin == std::string::npos ? "it said nothing"
                                                : log.substr(begin, log.find('\n', begin) - begin));
}

}  // namespace rltuner
