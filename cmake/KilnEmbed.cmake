# Files that the binary carries. Included by CMake it defines kiln_embed; run with `cmake -P` it writes the source.

# kiln_embed(target NAME file)  ->  `const std::string_view kiln::embedded::NAME`, declared by who uses it.
# "@KILN_VERSION@" in the file becomes the version.
function(kiln_embed target name file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp)
  add_custom_command(OUTPUT ${source}
                     COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DFILE=${file} -DSOURCE=${source}
                             -DVERSION=${PROJECT_VERSION} -P ${PROJECT_SOURCE_DIR}/cmake/KilnEmbed.cmake
                     DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/KilnEmbed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${FILE} content)
  string(REPLACE "@KILN_VERSION@" "${VERSION}" content "${content}")
  file(WRITE ${SOURCE} "#include <string_view>\n\n// Made from ${FILE}.\nnamespace kiln::embedded {\n"
                       "extern const std::string_view ${NAME};\nconst std::string_view ${NAME}(R\"kiln(${content})kiln\");\n"
                       "}  // namespace kiln::embedded\n")
endif()
