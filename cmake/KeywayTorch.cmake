# LibTorch, wherever it is: CMAKE_PREFIX_PATH, a Python that has it, the project's own .deps, Debian's package.
# Gives keyway_torch (INTERFACE); link it PRIVATE and keep fmt and spdlog away from it (it ships its own fmt).
file(GLOB _keyway_own_torch ${PROJECT_SOURCE_DIR}/.deps/torch-*/torch)
list(APPEND CMAKE_PREFIX_PATH ${_keyway_own_torch})
find_package(Torch QUIET)
if(NOT Torch_FOUND)
    find_package(Python3 COMPONENTS Interpreter QUIET)
    if(Python3_FOUND)
        execute_process(COMMAND ${Python3_EXECUTABLE} -c "import torch; print(torch.utils.cmake_prefix_path)"
                        OUTPUT_VARIABLE _keyway_python_torch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        list(APPEND CMAKE_PREFIX_PATH ${_keyway_python_torch})
    endif()
    find_package(Torch REQUIRED)
endif()
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "this LibTorch (${Torch_DIR}) uses the old C++ ABI and cannot be linked with RDKit and Boost; "
                        "take LibTorch 2.7 or newer, a cxx11-abi build, or Debian's libtorch-dev")
endif()
add_library(keyway_torch INTERFACE)
target_link_libraries(keyway_torch INTERFACE ${TORCH_LIBRARIES})
target_include_directories(keyway_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
message(STATUS "keyway: LibTorch ${Torch_VERSION} from ${Torch_DIR}")
