# Debian's gemmi-dev has headers only and no CMake files. Gives Gemmi::Gemmi.
find_path(Gemmi_INCLUDE_DIR gemmi/mmread.hpp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Gemmi REQUIRED_VARS Gemmi_INCLUDE_DIR)
if(Gemmi_FOUND AND NOT TARGET Gemmi::Gemmi)
    add_library(Gemmi::Gemmi INTERFACE IMPORTED)
    target_include_directories(Gemmi::Gemmi INTERFACE ${Gemmi_INCLUDE_DIR})
    target_link_libraries(Gemmi::Gemmi INTERFACE ZLIB::ZLIB)
endif()
