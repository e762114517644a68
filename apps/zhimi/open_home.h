// What most commands begin with.
#pragma once

#include <memory>

#include "args.h"
#include "home.h"

namespace zhimi::app {

// --home, or ZHIMI_HOME; kUsage when neither is given.
Result<std::filesystem::path> home_path(const Args& args);
// Asks for the passphrase, opens the home and says what is wrong with its ledger, if anything.
Result<std::unique_ptr<Home>> open_home(const Args& args, Console& console);
// "Patient/ID"; kUsage otherwise.
Result<std::string> patient_id(std::string_view target);

}  // namespace zhimi::app
