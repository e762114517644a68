// No byte of a patient's data stands in clear in any file of the folder, while writing and after.
#include <fstream>

#include "base/text.h"
#include "vault/test_home.h"

namespace zhimi::vault {
namespace {

// What must not be found: names, numbers, phones, addresses, ids, codes, references, types.
const std::vector<std::string> kSecrets = {
    "Rosalind Featherstonehaugh",       "欧阳晓月",          "110101199003074514", "+86-138-1234-5678", "13812345678",
    "北京市海淀区中关村大街二十七号",   "221B Baker Street", "patient-xq-0042",    "obs-zz-9917",       "O80.900",
    "Practitioner/dr-katzenellenbogen", "妇产科门诊",        "Observation",        "1990-03-07"};

std::string utf16(std::string_view s, bool big) {
  std::string out;
  for (size_t at = 0; at < s.size();) {
    char32_t c = next_code_point(s, at);
    char high = static_cast<char>(c >> 8), low = static_cast<char>(c & 255);
    out += big ? high : low;
    out += big ? low : high;
  }
  return out;
}

// The text's own bytes and every other way it may lie in a file.
std::vector<std::string> disguises(const std::string& s) {
  std::vector<std::string> all{s, utf16(s, false), utf16(s, true)};
  for (const std::string& inner : {s, utf16(s, false)})
    for (size_t shift = 0; shift < 3; ++shift) {
      // The characters that do not depend on neighbours.
      std::string b = base64(view(std::string(shift, 'x') + inner));
      size_t from = shift ? 4 : 0, until = (shift + inner.size()) / 3 * 4;
      all.push_back(b.substr(from, until - from));
    }
  all.push_back(hex(view(s)));
  return all;
}

std::vector<std::string> found_in(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    for (const std::string& secret : kSecrets)
      for (const std::string& disguise : disguises(secret))
        if (bytes.find(disguise) != std::string::npos) found.push_back(file.path().filename().string() + ": " + secret);
  }
  return found;
}

TEST(NoPlaintext, TheSearchFindsEveryDisguise) {
  for (const std::string& disguise : disguises(kSecrets[1])) {
    Folder folder;
    must(write_file(folder.path / "x", view("abc" + disguise + "def")));
    EXPECT_EQ(found_in(folder.path).size(), 1u);
  }
  Folder folder;
  must(write_file(folder.path / "x", view(base64(view("some text, then " + kSecrets[0])))));
  EXPECT_EQ(found_in(folder.path).size(), 1u);
}

NewRecord patient(const std::string& json) {
  return {.id = {"Patient", "patient-xq-0042"},
          .patient = "patient-xq-0042",
          .json = json,
          .labels = {words::Label::kReproductive},
          .birth_ms = 636'768'000'000};
}

TEST(NoPlaintext, NothingOfAPatientStandsInAnyFile) {
  Folder folder;
  Home home = Home::make(folder.path);
  must(home.data->run("PRAGMA cache_size = -256"));  // so that the batch spills to disk before its commit
  std::string json = "{";
  for (const std::string& s : kSecrets) json += "\"" + s + "\",";
  {
    auto batch = must(home.vault->batch());
    must(batch.put(patient(json)));
    for (int i = 0; i < 1500; ++i) {
      NewRecord r = observation("obs-zz-9917", "patient-xq-0042", json);
      if (i) r.id.id += "-" + std::to_string(i);
      r.ties = {
          {.relation = words::Relation::kAttending, .actor = "Practitioner/dr-katzenellenbogen", .author = "欧阳晓月"},
          {.relation = words::Relation::kDepartment, .department = "妇产科门诊"}};
      must(batch.put(r));
    }
    EXPECT_GT(std::filesystem::file_size(folder.path / "data.db-wal"), 1'000'000u) << "it spilled";
    EXPECT_EQ(found_in(folder.path), std::vector<std::string>());
    must(batch.commit());
  }
  EXPECT_EQ(found_in(folder.path), std::vector<std::string>()) << "after the commit";
  must(home.put(patient(json + " ")));
  must(home.vault->patient("patient-xq-0042"));
  EXPECT_EQ(must(home.read("patient-xq-0042", {"Observation", "obs-zz-9917"})), json);
  {
    auto batch = must(home.vault->batch());
    must(batch.put(patient(json)));
  }
  EXPECT_EQ(found_in(folder.path), std::vector<std::string>()) << "after reads and an abandoned batch";
  must(home.data->run("PRAGMA wal_checkpoint(TRUNCATE)"));
  EXPECT_EQ(found_in(folder.path), std::vector<std::string>()) << "after a checkpoint";
  {
    Home closed = std::move(home);
  }
  EXPECT_EQ(found_in(folder.path), std::vector<std::string>()) << "closed";
}

TEST(NoPlaintext, FilesAreForTheirOwnerOnly) {
  Folder folder;
  Home home = Home::make(folder.path);
  must(home.put(patient("{}")));
  for (const auto& file : std::filesystem::directory_iterator(folder.path))
    EXPECT_EQ(file.status().permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << file.path().filename();
}

}  // namespace
}  // namespace zhimi::vault
