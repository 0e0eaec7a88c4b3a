# keyway_add_module(chem SOURCES ... PUBLIC keyway::core PRIVATE RDKit::RDKit): one static library per module.
# keyway_add_tests(chem SOURCES ... LIBRARIES keyway::chem [LABELS slow]): one test program per module.

add_library(keyway_compile_options INTERFACE)
target_compile_options(keyway_compile_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
                       $<$<BOOL:${KEYWAY_WARNINGS_AS_ERRORS}>:-Werror>)
if(KEYWAY_SANITIZE)
    target_compile_options(keyway_compile_options INTERFACE -fsanitize=${KEYWAY_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(keyway_compile_options INTERFACE -fsanitize=${KEYWAY_SANITIZE})
endif()

function(keyway_add_module name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;PUBLIC;PRIVATE")
    add_library(keyway_${name} STATIC ${ARG_SOURCES})
    add_library(keyway::${name} ALIAS keyway_${name})
    set_target_properties(keyway_${name} PROPERTIES EXPORT_NAME ${name})
    target_include_directories(keyway_${name}
        PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
        PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_compile_features(keyway_${name} PUBLIC cxx_std_20)
    target_link_libraries(keyway_${name} PUBLIC ${ARG_PUBLIC}
                          PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:keyway_compile_options>)
    # Modules that need LibTorch end up inside libkeyway_network.so; only the others are installed as libraries.
    get_property(torch_modules GLOBAL PROPERTY KEYWAY_TORCH_MODULES)
    set(kind KEYWAY_MODULES)
    foreach(library ${ARG_PUBLIC} ${ARG_PRIVATE})
        string(REPLACE "::" "_" library ${library})
        if(library STREQUAL keyway_torch OR library IN_LIST torch_modules)
            set(kind KEYWAY_TORCH_MODULES)
        endif()
    endforeach()
    set_property(GLOBAL APPEND PROPERTY ${kind} keyway_${name})
endfunction()

function(keyway_add_tests name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LIBRARIES;LABELS")
    add_executable(${name}_test ${ARG_SOURCES})
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name}_test PRIVATE ${ARG_LIBRARIES} GTest::gtest GTest::gmock GTest::gtest_main
                          keyway_compile_options)
    target_compile_definitions(${name}_test PRIVATE
        KEYWAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" KEYWAY_BINARY_DIR="${CMAKE_BINARY_DIR}"
        KEYWAY_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
    if(NOT ARG_LABELS)
        set(ARG_LABELS fast)
    endif()
    # One ctest entry per program: starting a LibTorch program costs half a second.
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600)
endfunction()
