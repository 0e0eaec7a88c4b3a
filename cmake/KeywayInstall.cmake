# What `cmake --install` puts where. Libraries and headers without LibTorch are exported as keyway::<module>; the network
# goes along as libkeyway_network.so, which keyway::model opens when it is needed.
include(CMakePackageConfigHelpers)
set(_config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/keyway)

get_property(_modules GLOBAL PROPERTY KEYWAY_MODULES)
get_property(_torch_modules GLOBAL PROPERTY KEYWAY_TORCH_MODULES)
set(_private_headers)
foreach(module ${_torch_modules})
    string(REPLACE "keyway_" "" module ${module})
    list(APPEND _private_headers PATTERN ${module} EXCLUDE)
endforeach()

install(TARGETS ${_modules} EXPORT keywayTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT keywayTargets NAMESPACE keyway:: DESTINATION ${_config_folder})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/keyway DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${_private_headers})
foreach(program keyway keyway_network keyway_mpi)
    if(TARGET ${program})
        install(TARGETS ${program})
    endif()
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models DESTINATION ${CMAKE_INSTALL_DATADIR}/keyway)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/keywayConfig.cmake.in ${PROJECT_BINARY_DIR}/keywayConfig.cmake
                              INSTALL_DESTINATION ${_config_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/keywayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/keywayConfig.cmake ${PROJECT_BINARY_DIR}/keywayConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/FindRDKit.cmake ${PROJECT_SOURCE_DIR}/cmake/FindGemmi.cmake
        DESTINATION ${_config_folder})
